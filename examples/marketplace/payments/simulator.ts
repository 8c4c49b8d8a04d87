// `node simulator.ts stripe|braintree`: a payment provider as a program of its own. Two ports: the API, which can be taken down, and a
// private one that breaks it and shows its books. Env: PORT, ADMIN_PORT (0: any), HOST, BOOKS (a file). Says its ports in one line of JSON.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { books } from './books.ts'
import { braintreeId, braintreeProtocol, braintreeRoutes } from './braintree-like.ts'
import type { House } from './house.ts'
import { keys } from './keys.ts'
import { stripeId, stripeProtocol, stripeRoutes } from './stripe-like.ts'
import { MODES, type Mode, switchboard } from './switchboard.ts'

const kind = process.argv[2]
if (kind !== 'stripe' && kind !== 'braintree') {
  console.error('Say which: node simulator.ts stripe, or node simulator.ts braintree.')
  process.exit(2)
}
const [protocol, newId, routes] =
  kind === 'stripe' ? [stripeProtocol, stripeId, stripeRoutes] : [braintreeProtocol, braintreeId, braintreeRoutes]
const house: House = {
  books: books(process.env.BOOKS || undefined),
  keys: keys(),
  switchboard: switchboard(),
  protocol,
  newId,
  webhook: undefined,
}
const host = process.env.HOST ?? '127.0.0.1'

let api: Server | undefined
const open = new Set<Socket>()
let port = Number(process.env.PORT ?? 0)

async function up(): Promise<void> {
  if (api !== undefined) return
  const server = createServer(async (request, response) => {
    try {
      await routes(house, request, response, await textOf(request))
    } catch (error) {
      console.error(error)
      if (!response.headersSent) response.writeHead(500).end()
    }
  })
  server.on('connection', socket => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ port, host, exclusive: true }, resolve))
  port = (server.address() as AddressInfo).port
  api = server
}

/** Nobody listens any more, and whoever was connected is cut. */
async function down(): Promise<void> {
  const server = api
  api = undefined
  if (server === undefined) return
  const closed = new Promise(resolve => server.close(resolve))
  for (const socket of open) socket.resetAndDestroy()
  await closed
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

interface Asked {
  readonly mode?: Mode
  readonly modes?: readonly Mode[]
  readonly amount?: number
  readonly times?: number
  readonly ms?: number
  readonly ttlMs?: number
  readonly honoured?: boolean
  readonly url?: string
}

const verbs: Readonly<Record<string, (asked: Asked) => unknown>> = {
  async switch({ mode = 'ok', modes, ...more }) {
    for (const one of [mode, ...(modes ?? [])])
      if (!MODES.includes(one)) throw new Error(`no mode ${one}; there are: ${MODES.join(', ')}`)
    if (more.amount === undefined) await (mode === 'down' ? down() : up())
    house.switchboard.set(modes ?? [mode], more)
  },
  keys: rules => house.keys.set(rules),
  prune: () => house.keys.prune(),
  webhooks: ({ url }) => {
    house.webhook = url
  },
  async reset() {
    house.books.clear()
    house.keys.clear()
    house.switchboard.clear()
    await up()
  },
}

const admin = createServer(async (request, response) => {
  const verb = (request.url ?? '').slice(1)
  const answer = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}))
  try {
    if (request.method === 'GET' && verb === 'books') return answer(200, house.books.all())
    if (request.method === 'GET' && verb === 'switch')
      return answer(200, { mode: api === undefined ? 'down' : house.switchboard.now(), modes: MODES })
    if (request.method !== 'POST' || !Object.hasOwn(verbs, verb))
      return answer(404, { error: `there are GET books, GET switch, POST ${Object.keys(verbs).join(', ')}` })
    const text = await textOf(request)
    answer(200, await verbs[verb]!(text === '' ? {} : (JSON.parse(text) as Asked)))
  } catch (error) {
    answer(400, { error: String(error) })
  }
})

// Never closed from here: after a standstill that would race with who asks.
admin.keepAliveTimeout = 0
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))
// Started by a program with a channel to it: it ends with that program.
if (process.connected) process.on('disconnect', () => process.exit(0))
await up()
await new Promise<void>(resolve => admin.listen({ port: Number(process.env.ADMIN_PORT ?? 0), host, exclusive: true }, resolve))
console.log(JSON.stringify({ kind, port, admin: (admin.address() as AddressInfo).port }))
