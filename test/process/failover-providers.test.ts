// The providers that are no payments, against real servers: SMTP by smtp-server and nodemailer, a model by the official openai SDK against
// an HTTP server that speaks its protocol, and JSON over HTTP.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'node:test'
import nodemailer from 'nodemailer'
import OpenAI from 'openai'
import { SMTPServer } from 'smtp-server'
import {
  failover,
  httpJson,
  isDeclined,
  isPending,
  type LlmClient,
  llm,
  type Mail,
  type MailTransport,
  memoryLedger,
  smtp,
} from '../../src/failover/index.ts'

type After = { after(fn: () => unknown): void }

async function http(t: After, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Post {
  readonly port: number
  readonly mails: string[]
}
type Manner = 'takes' | 'busy' | 'refuses-recipient' | 'cuts-after-data'

async function postOffice(t: After, manner: Manner): Promise<Post> {
  const mails: string[] = []
  const sockets = new Set<Socket>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo(_address, _session, done) {
      if (manner === 'busy') done(Object.assign(new Error('Try again later'), { responseCode: 451 }))
      else if (manner === 'refuses-recipient') done(Object.assign(new Error('No such user'), { responseCode: 550 }))
      else done()
    },
    onData(stream, _session, done) {
      let text = ''
      stream.on('data', chunk => (text += chunk))
      stream.on('end', () => {
        mails.push(text)
        if (manner === 'cuts-after-data') for (const socket of sockets) socket.destroy()
        else done()
      })
    },
  })
  server.on('error', () => {})
  server.server.on('connection', (socket: Socket) => void sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.after(() => new Promise<void>(resolve => server.close(() => resolve())))
  return { port: (server.server.address() as AddressInfo).port, mails }
}

const mailBy = (port: number, name: string) =>
  smtp(nodemailer.createTransport({ host: '127.0.0.1', port, secure: false }) as unknown as MailTransport, { name })
const mail: Mail = { from: 'shop@example.com', to: 'ann@example.com', subject: 'Sold', text: 'Your table is sold' }
const mailer = (ports: readonly number[], duplicates: 'never' | 'tolerated' = 'tolerated') =>
  failover('mail', {
    providers: ports.map((port, i) => mailBy(port, `post-${i}`)),
    ledger: memoryLedger(),
    duplicates,
    deadline: '10s',
    rules: { 'post-1': { keepAlive: 0 } },
  })

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('mail: nobody listens, or it is too busy: the second post office takes it', async t => {
  const second = await postOffice(t, 'takes')
  const f = mailer([await closedPort(), second.port])
  assert.equal((await f.call('send', mail, { key: 'sold-1' })).provider, 'post-1')
  const g = mailer([(await postOffice(t, 'busy')).port, second.port])
  assert.equal((await g.call('send', mail, { key: 'sold-2' })).provider, 'post-1')
  await g.call('send', mail, { key: 'sold-2' })
  assert.equal(second.mails.length, 2, 'the same key is one mail')
})

test('mail: a recipient that does not exist is the answer, and is asked nowhere else', async t => {
  const second = await postOffice(t, 'takes')
  const f = mailer([(await postOffice(t, 'refuses-recipient')).port, second.port])
  await assert.rejects(f.call('send', mail, { key: 'sold-1' }), isDeclined)
  assert.equal(second.mails.length, 0)
})

test('mail: cut after the text was taken is unknown: sent again only where duplicates are tolerated', async t => {
  const [cutting, second] = [await postOffice(t, 'cuts-after-data'), await postOffice(t, 'takes')]
  assert.equal((await mailer([cutting.port, second.port]).call('send', mail, { key: 'sold-1' })).provider, 'post-1')
  const id = /^Message-ID: (.*)$/im
  assert.equal(cutting.mails.length, 1)
  await assert.rejects(mailer([cutting.port, second.port], 'never').call('send', mail, { key: 'sold-2' }), isPending)
  assert.equal(second.mails.length, 1)
  assert.match(id.exec(second.mails[0]!)![1]!, /^<[0-9a-f]{40}@/)
})

test('mail: a pooled transport that sends again by itself is refused', () => {
  const pooled = nodemailer.createTransport({ host: '127.0.0.1', port: 1, pool: true }) as unknown as MailTransport
  assert.throws(() => smtp(pooled, { name: 'post' }), { code: 'SELFHEAL_CONFIG', message: /maxRequeues/ })
})

const modelAt = (url: string, name: string) =>
  llm(new OpenAI({ apiKey: 'k', baseURL: `${url}/v1` }) as unknown as LlmClient, { name, model: `${name}-1` })
const chunk = (text: string) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: text } }] })}\n\n`
const streamOf = (parts: readonly string[], end: 'well' | 'cut') => (_request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const part of parts) response.write(chunk(part))
  setTimeout(() => (end === 'cut' ? response.socket!.resetAndDestroy() : response.end('data: [DONE]\n\n')), 50)
}
const prompt = { messages: [{ role: 'user', content: 'Hello' }] }
const models = (urls: readonly string[]) =>
  failover('llm', {
    providers: urls.map((url, i) => modelAt(url, `model-${i}`)),
    ledger: memoryLedger(),
    duplicates: 'tolerated',
    deadline: '10s',
    rules: { 'model-1': { keepAlive: 0 } },
  })

test('a model: an overloaded first is not tried again by its SDK; the second answers', async t => {
  let asked = 0
  const first = await http(t, (_request, response) => {
    asked++
    response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"overloaded"}}')
  })
  const second = await http(t, (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ choices: [{ message: { content: 'Hi' } }] })),
  )
  const told = await models([first, second]).call('chat', prompt, { key: 'q1' })
  assert.deepEqual([told.text, told.provider, asked], ['Hi', 'model-1', 1])
})

test('a stream that fails before its first token goes on to the next model', async t => {
  const f = models([await http(t, streamOf([], 'cut')), await http(t, streamOf(['Hel', 'lo'], 'well'))])
  const told = await f.call('stream', prompt, { key: 'q1' })
  let text = ''
  for await (const token of told.stream!) text += token
  assert.deepEqual([text, told.provider], ['Hello', 'model-1'])
})

test('after the first token there is no failover: the reader hears of the end', async t => {
  let asked = 0
  const second = await http(t, (request, response) => {
    asked++
    streamOf(['No'], 'well')(request, response)
  })
  const told = await models([await http(t, streamOf(['Hel'], 'cut')), second]).call('stream', prompt, { key: 'q1' })
  let text = ''
  await assert.rejects(async () => {
    for await (const token of told.stream!) text += token
  })
  assert.deepEqual([text, told.provider, asked], ['Hel', 'model-0', 0])
})

test('JSON over HTTP: the key is in its header, a saved answer is the same, and a look-up tells what is unknown', async t => {
  const keys: string[] = []
  let cut = true
  const url = await http(t, (request, response) => {
    if (request.method === 'GET')
      return void response
        .writeHead(request.url === `/jobs/${keys[0]}` ? 200 : 404, { 'content-type': 'application/json' })
        .end('{"job":7}')
    keys.push(String(request.headers['idempotency-key']))
    if (cut) request.socket.resetAndDestroy()
    cut = false
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"job":7}')
  })
  const jobs = httpJson<{ what: string }, { job: number }>({
    name: 'jobs',
    url,
    request: (_, params) => ({ path: '/jobs', body: params }),
    keyHeader: 'idempotency-key',
    keyTtl: '1d',
    lookup: { request: key => ({ path: `/jobs/${key}` }) },
  })
  const f = failover('jobs', { providers: [jobs], ledger: memoryLedger() })
  assert.deepEqual(await f.call('start', { what: 'index' }, { key: 'job-1' }), { job: 7 })
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1], 'asked again with the same key')
  const found = (key: string) => jobs.lookup!(key, { key, signal: new AbortController().signal } as never)
  assert.deepEqual([await found(keys[0]!), await found('none')], [{ value: { job: 7 } }, 'not_found'])
})

test('JSON over HTTP: a key header without the time it is remembered is refused', () => {
  assert.throws(() => httpJson({ name: 'x', url: 'nowhere', request: () => ({ path: '/' }), keyHeader: 'key' }), {
    code: 'SELFHEAL_CONFIG',
    message: /2 faults/,
  })
})
