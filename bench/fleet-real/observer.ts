// The observer: starts the hosts, keeps what they tell (in memory and as lines of a file), and waits for things to become true.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Host, Network } from './network.ts'
import { type Entry, now, type Of, type Order, type Told } from './told.ts'

/** Something did not hold. */
export class NotHeld extends Error {}

export interface Observer {
  readonly log: readonly Entry[]
  /** Starts (again) the process of a host. */
  start(host: Host): void
  pid(host: Host): number
  signal(host: Host, signal: NodeJS.Signals): void
  order(host: Host, order: Order): void
  /** Entries since then, the oldest first. */
  since<K extends Entry['kind']>(at: number, kind: K, host?: Host): readonly Of<K>[]
  /** Who acts under the lease just now. */
  holder(): { readonly host: Host; readonly token: number } | undefined
  blind(host: Host): boolean
  forces(host: Host): readonly string[]
  /** Resolves with the milliseconds it took; rejects with NotHeld after `withinMs`. */
  until(what: string, withinMs: number, is: () => boolean): Promise<number>
  note(why: string): void
  end(): Promise<void>
}

export function observe(net: Network, port: number, folder: string, file: string, mutant = ''): Observer {
  const log: Entry[] = []
  const children = new Map<string, ChildProcess>()
  const keep = (entry: Entry) => {
    log.push(entry)
    appendFileSync(file, `${JSON.stringify(entry)}\n`)
  }
  const child = (host: Host) => children.get(host.name)!
  const since = <K extends Entry['kind']>(at: number, kind: K, host?: Host) =>
    log.filter(e => e.at >= at && e.kind === kind && (host === undefined || e.host === host.name)) as unknown as readonly Of<K>[]
  const last = (host: Host, ...kinds: readonly string[]) => log.findLast(e => e.pid === child(host).pid && kinds.includes(e.kind))

  return {
    log,
    since,
    start(host) {
      const script = fileURLToPath(new URL('host.ts', import.meta.url))
      const node = [process.execPath, '--conditions=@selfheal/source', '--disable-warning=ExperimentalWarning', script]
      const told = [host.name, net.address, String(port), join(folder, `${host.name}.forces.json`), mutant]
      const made = spawn('ip', ['netns', 'exec', host.namespace, ...node, ...told], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      children.set(host.name, made)
      made.on('error', () => {})
      made.on('message', message => keep({ ...(message as Told & { at: number }), host: host.name, pid: made.pid! }))
      made.on('exit', (code, signal) =>
        keep({ kind: 'ended', why: String(code ?? signal), at: now(), host: host.name, pid: made.pid! }),
      )
    },
    pid: host => child(host).pid!,
    signal: (host, signal) => void child(host).kill(signal),
    order: (host, order) => void child(host).send(order),
    holder() {
      const acts = log.findLast(e => e.kind === 'acts')
      if (acts?.kind !== 'acts' || now() - acts.at > 500) return undefined
      return { host: net.hosts.find(host => host.name === acts.host)!, token: acts.token }
    },
    blind: host =>
      last(host, 'fleet.joined', 'fleet.blind', 'fleet.sighted')?.kind !== 'fleet.joined' &&
      last(host, 'fleet.blind', 'fleet.sighted')?.kind !== 'fleet.sighted',
    forces(host) {
      const entry = last(host, 'forces')
      return entry?.kind === 'forces' ? entry.all : []
    },
    async until(what, withinMs, is) {
      const began = now()
      while (!is()) {
        if (now() - began > withinMs) throw new NotHeld(`not within ${withinMs / 1_000} s: ${what}`)
        await wait(20)
      }
      return now() - began
    },
    note: why => keep({ kind: 'observer', why, at: now(), host: 'observer', pid: process.pid }),
    async end() {
      await Promise.all(
        [...children.values()].map(async one => {
          if (one.pid === undefined || one.exitCode !== null || one.signalCode !== null) return
          const gone = once(one, 'exit')
          one.kill('SIGKILL')
          await gone
        }),
      )
    },
  }
}
