// The drill's end of a proxy in a process of its own. The pipe between them is the lease: when this side is gone, all is healed.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { SelfhealError } from '../../core/index.ts'
import { checkTimeToLive, type Heal, inForce } from '../in-force.ts'
import { type NamedWireFault, wireFault } from './named.ts'
import type { Address } from './proxy.ts'

export type ToProxy = { readonly n: number } & (
  | { readonly is: 'put'; readonly fault: NamedWireFault; readonly forMs: number }
  | { readonly is: 'heal'; readonly of: number }
  | { readonly is: 'heal_all' }
)
export type FromProxy =
  | { readonly is: 'listening'; readonly address: Address }
  | { readonly is: 'done'; readonly n: number; readonly counts: { readonly open: number; readonly taken: number } }
  | { readonly is: 'failed'; readonly n: number; readonly says: string }

export interface RemoteProxy {
  readonly pid: number
  readonly address: Address
  put(fault: NamedWireFault, forMs: number): Promise<Heal>
  counts(): Promise<{ readonly open: number; readonly taken: number }>
  /** Heals all, and lets it end. */
  close(): Promise<void>
}

const PROCESS = import.meta.url.endsWith('.ts') ? './process.ts' : './process.js'
/** After its own time to live: then it is surely out already, and this only forgets it. */
const SLACK_MS = 250
const CLOSE_MS = 3_000

export async function proxyProcess(options: { readonly to: Address; readonly listen?: Partial<Address> }): Promise<RemoteProxy> {
  const child = spawn(process.execPath, [new URL(PROCESS, import.meta.url).pathname, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    // A Ctrl-C at the terminal is not for it: it carries bytes until the drill has healed.
    detached: true,
  })
  const waiting = new Map<number, PromiseWithResolvers<(FromProxy & { is: 'done' })['counts']>>()
  const begun = Promise.withResolvers<Address>()
  let n = 0
  const gone = new SelfhealError('SELFHEAL_DRILL_PROXY_GONE', 'The fault proxy has ended.', 'Start the drill again.')
  child.stdin.on('error', () => {})
  child.once('error', () => begun.reject(gone))
  const exited = new Promise<void>(resolve =>
    child.once('exit', () => {
      begun.reject(gone)
      for (const one of waiting.values()) one.reject(gone)
      resolve()
    }),
  )
  createInterface({ input: child.stdout }).on('line', line => {
    const message = JSON.parse(line) as FromProxy
    if (message.is === 'listening') return begun.resolve(message.address)
    const asked = waiting.get(message.n)
    waiting.delete(message.n)
    if (message.is === 'done') asked?.resolve(message.counts)
    else asked?.reject(new SelfhealError('SELFHEAL_DRILL_FAULT', message.says, 'Give the fault other options.'))
  })
  const ask = (wish: ToProxy extends infer T ? (T extends { n: number } ? Omit<T, 'n'> : never) : never, id = ++n) => {
    const answer = Promise.withResolvers<(FromProxy & { is: 'done' })['counts']>()
    if (child.exitCode !== null || child.signalCode !== null) return Promise.reject(gone)
    waiting.set(id, answer)
    child.stdin.write(`${JSON.stringify({ ...wish, n: id })}\n`)
    return answer.promise
  }
  const address = await begun.promise
  return Object.freeze({
    pid: child.pid!,
    address,
    async put(fault: NamedWireFault, forMs: number) {
      const { says } = wireFault(fault)
      checkTimeToLive(says, forMs)
      const of = ++n
      await ask({ is: 'put', fault, forMs }, of)
      return inForce({
        says: `${says} (before ${options.to.host}:${options.to.port})`,
        forMs: forMs + SLACK_MS,
        heal: async () => void (await ask({ is: 'heal', of })),
      })
    },
    counts: () => ask({ is: 'heal', of: -1 }),
    async close() {
      child.stdin.end()
      const late = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS)
      await exited
      clearTimeout(late)
    },
  })
}
