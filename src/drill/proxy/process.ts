// A fault proxy as a process of its own: so that a drill that measures does not also carry the bytes. Told what to do by lines on its
// stdin, of which the end heals everything: a drill that was killed -9 leaves nothing broken. It ends once nobody is connected any more.
import { createInterface } from 'node:readline'
import { type Heal, healAll } from '../in-force.ts'
import { wireFault } from './named.ts'
import { type Address, faultProxy } from './proxy.ts'
import type { FromProxy, ToProxy } from './remote.ts'

const LINGER_MS = 100
const { to, listen } = JSON.parse(process.argv[2] ?? '{}') as { readonly to: Address; readonly listen?: Partial<Address> }
const say = (message: FromProxy) => void process.stdout.write(`${JSON.stringify(message)}\n`)
process.stdout.on('error', () => {})
// Ctrl-C is the drill's to hear: this one ends after it.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

const proxy = await faultProxy({ to, ...(listen === undefined ? {} : { listen }) })
const heals = new Map<number, Heal>()
say({ is: 'listening', address: proxy.address })

const obey = async (message: ToProxy) => {
  try {
    if (message.is === 'put') heals.set(message.n, await proxy.put(wireFault(message.fault), message.forMs))
    else if (message.is === 'heal') await heals.get(message.of)?.()
    else await healAll()
    say({ is: 'done', n: message.n, counts: proxy.counts() })
  } catch (error) {
    say({ is: 'failed', n: message.n, says: error instanceof Error ? error.message : String(error) })
  }
}
const lines = createInterface({ input: process.stdin })
lines.on('line', line => void obey(JSON.parse(line) as ToProxy))
lines.on('close', async () => {
  await healAll().catch(() => {})
  const look = () => {
    if (proxy.counts().open === 0) process.exit(0)
    setTimeout(look, LINGER_MS)
  }
  look()
})
