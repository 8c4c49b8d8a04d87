// The target as it runs here: a program part of a running selfheal, asked and watched over the control socket. Breaks nothing by itself.
import { readFileSync } from 'node:fs'
import type { ControlClient, ShownPart } from '../../control/index.ts'
import { SelfhealError, type Undo } from '../../core/index.ts'
import type { Serving, Target } from './target.ts'

/** What a program part's snapshot says. */
export interface ProgramSnapshot {
  readonly id: string
  readonly state: string
  readonly generation: number
  readonly pid: number | null
  readonly urls: readonly string[]
}

/** The program named, or the only one that has a URL. Throws SelfhealError SELFHEAL_USAGE, which lists what there is. */
export function chooseProgram(
  parts: readonly ShownPart[],
  name?: string,
): { readonly path: string; readonly snapshot: ProgramSnapshot } {
  const programs = parts
    .filter(part => part.kind === 'program')
    .map(({ path, snapshot }) => ({ path, snapshot: snapshot as unknown as ProgramSnapshot }))
  const withUrl = programs.filter(({ snapshot }) => snapshot.urls.length > 0)
  const list = (some: typeof programs) => some.map(({ snapshot }) => snapshot.id).join(', ')
  if (name !== undefined) {
    const named = programs.find(({ snapshot }) => snapshot.id === name)
    if (named === undefined)
      throw new SelfhealError('SELFHEAL_USAGE', `No program '${name}' runs here.`, `There are: ${list(programs) || 'none'}.`)
    if (named.snapshot.urls.length === 0)
      throw new SelfhealError(
        'SELFHEAL_USAGE',
        `'${name}' holds no port, so callers can't be drilled.`,
        withUrl.length > 0 ? `These do: ${list(withUrl)}.` : 'Hold one with: selfheal run --port 3000 …',
      )
    return named
  }
  if (withUrl.length === 1) return withUrl[0]!
  if (withUrl.length === 0)
    throw new SelfhealError(
      'SELFHEAL_USAGE',
      'No program here holds a port, so callers can’t be drilled.',
      'Hold one with: selfheal run --port 3000 …',
    )
  throw new SelfhealError(
    'SELFHEAL_USAGE',
    'Several programs here have a port.',
    `Name one: ${withUrl.map(({ snapshot }) => `--program ${snapshot.id}`).join(' or ')}`,
  )
}

export function supervised(client: ControlClient, { path, snapshot }: ReturnType<typeof chooseProgram>): Target {
  const listeners = new Set<(pid: number, wall: number) => void>()
  const closing = new AbortController()
  let supervisor = 0
  // Lost events cost the time to detect, nothing else: the lives are asked for.
  void client
    .events(event => {
      const { pid } = event.data as { readonly pid?: number }
      if (event.name === 'program.exited' && event.source === path && pid !== undefined)
        for (const tell of listeners) tell(pid, event.wall)
    }, closing.signal)
    .catch(() => {})
  return Object.freeze({
    arm: 'supervised' as const,
    name: path,
    url: snapshot.urls[0]!,
    async serving(): Promise<Serving | undefined> {
      try {
        const now = await client.parts()
        const found = now.parts.find(part => part.path === path)?.snapshot as unknown as ProgramSnapshot | undefined
        supervisor = now.pid
        return found === undefined || found.pid === null || found.state !== 'ready'
          ? undefined
          : { pid: found.pid, generation: found.generation }
      } catch {
        return undefined
      }
    },
    onExit(fn: (pid: number, wall: number) => void): Undo {
      listeners.add(fn)
      return () => void listeners.delete(fn)
    },
    signal({ pid }: Serving, signal: NodeJS.Signals) {
      mustBeChild(pid, supervisor)
      process.kill(pid, signal)
    },
    async close() {
      closing.abort()
    },
  })
}

/** A control socket can be reached from outside its container, where its pids belong to others: those must not be hit. */
function mustBeChild(pid: number, supervisor: number): void {
  if (process.platform !== 'linux') return
  let stat = ''
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // Gone, or never here.
  }
  // The name before the last bracket may hold anything; what follows is fixed: state, parent.
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  if (parent === supervisor) return
  throw new SelfhealError(
    'SELFHEAL_DRILL_REFUSED',
    `Process ${pid} is no child of selfheal (pid ${supervisor}) here, so it was not touched.`,
    'Run the drill where selfheal runs: in the same container, as the same user.',
  )
}
