// Standby: what answers on a program's held ports while none of its lives is ready, so that callers get a word instead of waiting. One
// process of its own on the same sockets: a small page and problem+json, a folder of the user's own pages, or a program of theirs.
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Clock, createEvents, type Events, systemClock } from '../core/index.ts'
import type { Child, Component, Exit, Life } from '../supervisor/index.ts'
import type { ProgramHandle } from './options.ts'
import type { Sink } from './output.ts'
import type { Ports } from './ports.ts'
import { program } from './program.ts'

export interface StandbyOptions {
  readonly ports: Ports
  /** A folder, whose files are served, with index.html for every page; or a command. Default: a page that says so. */
  readonly serve?: string
  /** Where the app's public answers are kept (`serve` is `stale`): shown with their age. */
  readonly stale?: string
  readonly cwd?: string
  /** What Retry-After says. Default 10. */
  readonly retryAfterSeconds?: number
  readonly output?: Sink
  readonly clock?: Clock
  readonly events?: Events
}

const SERVER = new URL(import.meta.url.endsWith('.ts') ? './standby-server.ts' : './standby-server.js', import.meta.url)

/** Must only be started while a port is held; without one it is ready and does nothing. */
export function standby(options: StandbyOptions): Component<ProgramHandle> {
  const { ports, cwd = process.cwd(), retryAfterSeconds = 10, clock = systemClock, events = createEvents() } = options
  const serve = options.stale === undefined ? options.serve : undefined
  const folder = serve !== undefined && isFolder(resolve(cwd, serve)) ? resolve(cwd, serve) : undefined
  const ours = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--max-old-space-size=32',
    decodeURIComponent(SERVER.pathname),
  ]
  const server = program({
    command: serve === undefined || folder !== undefined ? ours : serve,
    ports,
    cwd,
    env: {
      SELFHEAL_STANDBY_RETRY: String(retryAfterSeconds),
      ...(folder === undefined ? {} : { SELFHEAL_STANDBY_FOLDER: folder }),
      ...(options.stale === undefined ? {} : { SELFHEAL_STANDBY_STALE: options.stale }),
    },
    drain: '3s',
    hasSuccessor: true,
    mark: () => 'standby | ',
    clock,
    events,
    ...(options.output === undefined ? {} : { output: options.output }),
  })
  return Object.freeze({
    kind: 'program' as const,
    start: (life: Life) => (ports.list().length === 0 ? Promise.resolve('ignore' as const) : server.start(life)),
  })
}

/** The same life, seen elsewhere or stopped by another. */
export function lifeAs(life: Life, { path = life.path, signal = life.signal }: { path?: string; signal?: AbortSignal }): Life {
  const { id, generation, because } = life
  return { id, path, generation, signal, beat: () => life.beat(), ...(because === undefined ? {} : { because }) }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/**
 * One standby for several instances on one socket: it runs only while all `count()` of them are down, because it would take callers from
 * one that is well. Gives what stands in for each.
 */
export function sharedStandby(real: Component, count: () => number): (id: string) => Component {
  const waiting = new Set<string>()
  let leave = () => {}

  return id => ({
    kind: 'program',
    async start(life: Life): Promise<Child | 'ignore'> {
      const done = Promise.withResolvers<Exit>()
      const asked = () => {
        waiting.delete(id)
        leave()
        done.resolve({ reason: 'shutdown' })
      }
      waiting.add(id)
      life.signal.addEventListener('abort', asked, { once: true })
      if (life.signal.aborted) asked()
      if (waiting.size < count()) return { handle: undefined, exited: done.promise, kill: () => true }
      // The last one fell: this one has it, until one of them is back.
      const controller = new AbortController()
      leave = () => controller.abort()
      if (life.signal.aborted) leave()
      const child = await real.start(lifeAs(life, { signal: controller.signal }))
      if (child === 'ignore') return 'ignore'
      const exited = child.exited.then(exit => (controller.signal.aborted ? done.promise : exit))
      return { handle: child.handle, exited, kill: () => child.kill() }
    },
  })
}
