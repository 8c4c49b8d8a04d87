// The programs' tree as parts: what status, dashboard and drills see and touch.
import type { Json, Part, Verb } from '../core/index.ts'
import type { Journal } from '../journal/index.ts'
import type { Ports, ProgramHandle } from '../program/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import type { Lives } from './lives.ts'

export interface SystemFacts {
  readonly version: string
  readonly folder: string
  readonly order: readonly string[]
  readonly stop: (why: string) => void
}

export function systemPart(name: string, { version, folder, order, stop }: SystemFacts): Part {
  const since = Math.round(performance.timeOrigin)
  const verbs: Record<string, Verb> = {
    // Answers before it stops: the socket goes with it.
    stop: async (_args, who) => {
      setImmediate(() => stop(`${who.by}: ${who.why}`))
      return { pid: process.pid }
    },
  }
  return {
    path: name,
    kind: 'system',
    verbs,
    snapshot: () => ({ version, pid: process.pid, since, state: folder, programs: order, rss: process.memoryUsage.rss() }),
  }
}

export function programPart(name: string, id: string, ports: Ports, lives: Lives, tree: () => Supervisor | undefined): Part {
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
      state: up ? 'ready' : looping ? 'crash-looping' : row === undefined ? 'starting' : row.state,
      generation: row?.generation ?? 0,
      pid: up ? (handle?.pid ?? null) : null,
      ports: ports.list().map(port => port.key),
      urls: ports.urls(),
      restarts,
      since: up ? (readySince ?? null) : null,
      rss: up ? (handle?.rss() ?? null) : null,
      vitals: up && handle !== undefined ? vitalsOf(handle) : null,
      lastExit: lastExit ?? null,
    }
  }
  const verbs: Record<string, Verb> = {
    restart: async () => {
      const supervisor = tree()
      if (supervisor === undefined) throw new Error('not started yet')
      const running = supervisor.whichChildren().some(child => child.id === id && child.state === 'running')
      const child = running ? await supervisor.replace(id) : await again(supervisor, id)
      return { pid: child === 'ignore' ? null : (child.handle as ProgramHandle).pid }
    },
  }
  return { path, kind: 'program', snapshot, verbs }
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

/** One that waits for its next try, or crash-loops: now, and from a clean slate. */
async function again(supervisor: Supervisor, id: string) {
  await supervisor.terminateChild(id)
  return supervisor.restartChild(id)
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
