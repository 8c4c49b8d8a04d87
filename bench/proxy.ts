// What the fault proxy costs while it breaks nothing: throughput and small exchanges, bare against through it, in this process and in one of its
// own. Server and caller are processes of their own. `npm run bench:proxy`
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { faultProxy, proxyProcess } from '../src/drill/index.ts'
import { machine, table } from './table.ts'

const MB = 128
const EXCHANGES = 5_000
/** Answers a byte with a byte, and anything that begins with B by counting it. */
const SERVER = `
import { createServer } from 'node:net'
const server = createServer(socket => {
  let bulk = false, n = 0
  socket.on('data', chunk => {
    if (!bulk && chunk[0] === 66) bulk = true
    if (!bulk) return void socket.write(chunk)
    n += chunk.length
    if (n >= ${MB} * 1048576) socket.end('done')
  })
  socket.on('error', () => {})
}).listen(0, '127.0.0.1', () => console.log(server.address().port))`

const server: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', SERVER], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const [line] = await once(server.stdout!.setEncoding('utf8'), 'data')
const to = { host: '127.0.0.1', port: Number(line) }
const CALLER = `
import { connect } from 'node:net'
const port = Number(process.argv[1]), what = process.argv[2]
const socket = connect(port, '127.0.0.1').setNoDelay(true)
socket.once('connect', () => {
  const begun = performance.now()
  if (what === 'bulk') {
    const chunk = Buffer.alloc(65536, 'B')
    let left = ${MB} * 16
    const pump = () => { while (left-- > 0) if (!socket.write(chunk)) return void socket.once('drain', pump) }
    socket.on('data', () => { console.log(performance.now() - begun); process.exit(0) })
    pump()
  } else {
    let n = 0
    socket.on('data', () => { if (++n === ${EXCHANGES}) { console.log(performance.now() - begun); process.exit(0) } socket.write('x') })
    socket.write('x')
  }
})`

async function ask(port: number, what: 'bulk' | 'small'): Promise<number> {
  const caller = spawn(process.execPath, ['--input-type=module', '-e', CALLER, String(port), what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [ms] = await once(caller.stdout.setEncoding('utf8'), 'data')
  return Number(ms)
}

const own = await proxyProcess({ to })
const inside = await faultProxy({ to })
// Warm, and there.
await new Promise<void>(
  resolve =>
    void connect(inside.address.port, inside.address.host, function (this: import('node:net').Socket) {
      this.destroy()
      resolve()
    }),
)
const heads = ['', `${MB} MB one way`, 'of bare', 'a small exchange', 'more than bare']
const rows: string[][] = []
const ports = [
  ['bare', to.port],
  ['proxy in this process', inside.address.port],
  ['proxy in its own', own.address.port],
] as const
const best = new Map<string, [number, number]>()
// The least of several: the machine may be busy with others.
for (let round = 0; round < 3; round++)
  for (const [name, port] of ports) {
    const [bulk, small] = [await ask(port, 'bulk'), await ask(port, 'small')]
    const [a, b] = best.get(name) ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    best.set(name, [Math.min(a, bulk), Math.min(b, small)])
  }
const [bareBulk, bareSmall] = best.get('bare')!
for (const [name, [bulk, small]] of best)
  rows.push([
    name,
    `${Math.round(MB / (bulk / 1_000))} MB/s`,
    `${(bareBulk / bulk).toFixed(2)} ×`,
    `${((small / EXCHANGES) * 1_000).toFixed(0)} µs`,
    name === 'bare' ? '' : `+${(((small - bareSmall) / EXCHANGES) * 1_000).toFixed(0)} µs`,
  ])
console.log(table(heads, rows))
console.log(machine)
await own.close()
await inside.close()
server.kill()
