// The programs' tree as parts: what status, dashboard and drills see and touch.
import type { Json, Part, Verb } from '../core/index.ts'
import type { Journal } from '../journal/index.ts'
import type { Ports, ProgramHandle } from '../program/index.ts'
import type { Limits, Supervisor } from '../supervisor/index.ts'
import type { Lives } from './lives.ts'
import type { Logs } from './logs.ts'
import type { Place, Roster } from './roster.ts'
import { stopLevels } from './stop-levels.ts'
import { namesIn } from './whole.ts'

export interface SystemFacts {
  readonly version: string
  readonly folder: string
  readonly order: () => readonly string[]
  /** Undefined while it starts. */
  readonly limits: () => Limits | undefined
  readonly stop: (why: string) => void
  readonly stopSome: (args: Json) => Promise<Json>
  readonly start: (args: Json) => Promise<Json>
  readonly restart: (args: Json) => Promise<Json>
  readonly reload: (args: Json) => Promise<Json>
  readonly logs: Logs
}

export function systemPart(name: string, facts: SystemFacts): Part {
  const { version, folder, order, limits, stop, stopSome, start, restart, reload, logs } = facts
  const since = Math.round(performance.timeOrigin)
  const verbs: Record<string, Verb> = {
    // All of it answers before it stops: the socket goes with it.
    stop: async (args, who) => {
      if (namesIn(args) !== undefined) return stopSome(args)
      setImmediate(() => stop(`${who.by}: ${who.why}`))
      return { pid: process.pid }
    },
    start,
    restart,
    reload,
    logs: async args => logs.read((args ?? {}) as Parameters<Logs['read']>[0]) as unknown as Json,
  }
  return {
    path: name,
    kind: 'system',
    verbs,
    snapshot: () => {
      // What is spent of it each program tells itself.
      const { restarts: _, ...rule } = limits() ?? {}
      return { version, pid: process.pid, since, state: folder, programs: order(), rss: ownMemory(), ...rule }
    },
  }
}

export function programPart(
  name: string,
  { id, of, component }: Place,
  ports: Ports,
  lives: Lives,
  tree: () => Supervisor | undefined,
  { restart, reload, settings }: Pick<SystemFacts, 'restart' | 'reload'> & Pick<Roster, 'settings'>,
): Part {
  const path = `${name}/${id}`
  const snapshot = (): Json => {
    const row = tree()
      ?.whichChildren()
      .find(child => child.id === id)
    const handle = row?.child?.handle as ProgramHandle | undefined
    const { restarts, looping, readySince, lastExit } = lives.of(path)
    const up = row?.state === 'running'
    return {
      id,
      program: of,
      // One that was to run once, and has, is not known any more.
      state: up ? 'ready' : looping ? 'crash-looping' : (row?.state ?? (lastExit === undefined ? 'starting' : 'stopped')),
      generation: row?.generation ?? 0,
      pid: up ? (handle?.pid ?? null) : null,
      node: handle === undefined ? null : handle.node,
      needs: settings(of).needs ?? [],
      ports: ports.list().map(port => port.key),
      urls: ports.urls(),
      restarts,
      since: up ? (readySince ?? null) : null,
      rss: up ? (handle?.rss() ?? null) : null,
      vitals: up && handle !== undefined ? vitalsOf(handle) : null,
      spare: component.sparePid ?? null,
      auto: settings(of).auto === true,
      lastExit: lastExit ?? null,
    }
  }
  const mine = { programs: [of] }
  const verbs: Record<string, Verb> = { restart: () => restart(mine), reload: () => reload(mine) }
  return { path, kind: 'program', snapshot, settings: () => stopLevels(settings(of)), verbs }
}

/** Its loop, files and heap; null: not known, as for other languages. */
function vitalsOf(handle: ProgramHandle): Json {
  const { memoryLimit, lateMs, fds, heap, heapLimit, heapPerMinute } = handle.vitals()
  return {
    memoryLimit: Number.isFinite(memoryLimit) ? memoryLimit : null,
    lateMs: lateMs ?? null,
    fds: fds ?? null,
    heap: heap ?? null,
    heapLimit: heapLimit ?? null,
    heapPerMinute,
  }
}

export function journalPart(name: string, journal: Journal): Part {
  return {
    path: `${name}/journal`,
    kind: 'journal',
    snapshot: () => journal.stats() as unknown as Json,
    verbs: {
      query: async args => (await journal.query((args ?? {}) as Parameters<Journal['query']>[0])) as unknown as Json,
      why: async args => (await journal.why(String((args as { id?: unknown } | null)?.id ?? ''))) as unknown as Json,
    },
  }
}

/** null: there is no descriptor left to read it by. */
function ownMemory(): number | null {
  try {
    return process.memoryUsage.rss()
  } catch {
    return null
  }
}
