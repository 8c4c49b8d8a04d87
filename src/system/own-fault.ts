// Degrade before crash: a dependency that is down never restarts a program. But when it is down only in the program's own eyes, while a fresh
// process of the same program, of now, reaches it, the fault is the program's: it is renewed, jittered, at most once in 5 min.
//
//   dependency.down ─► 10 s ─► a fresh process, asked for the same part ─► own-fault-rule ─► ours: renewals ─► Supervisor.replace
import { type Clock, type EventId, type Events, type Json, outsideFrames, type Undo } from '../core/index.ts'
import type { Fresh, ProgramHandle } from '../program/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import { FIRST_MS, onProbe, suspicion } from './own-fault-rule.ts'
import type { Renewals } from './renewals.ts'

export interface OwnFaultOptions {
  /** Path of the tree. */
  readonly name: string
  readonly tree: () => Supervisor | undefined
  readonly events: Events
  readonly clock: Clock
  readonly renewals: Renewals
}

/** A boot, and its first look. */
const BOOT_MS = 30_000
const LOOK_MS = 500
const ASK_MS = 2_000
const PROBE_MS = 10_000
const UP = new Set<unknown>(['up', 'readonly'])

interface Case {
  /** Of the dependency's part: 'shop/web/db'. */
  readonly path: string
  readonly id: string
  readonly generation: number
  readonly because: EventId
  undo: Undo
  closed: boolean
}

export function watchOwnFaults({ name, tree, events, clock, renewals }: OwnFaultOptions): Undo {
  const cases = new Map<string, Case>()

  const close = (path: string) => {
    const one = cases.get(path)
    if (one === undefined) return
    one.closed = true
    one.undo()
    cases.delete(path)
  }
  const runningOf = (id: string) => {
    const row = tree()
      ?.whichChildren()
      .find(child => child.id === id && child.state === 'running')
    return row === undefined ? undefined : { generation: row.generation, handle: row.child?.handle as ProgramHandle | undefined }
  }
  /** Of all programs, the one whose path is the longest that leads there. */
  const programOf = (path: string) =>
    (tree()?.whichChildren() ?? [])
      .map(({ id }) => id)
      .filter(id => path.startsWith(`${name}/${id}/`))
      .sort((a, b) => b.length - a.length)[0]

  const examine = async (one: Case, state = suspicion()): Promise<void> => {
    const running = runningOf(one.id)
    if (running?.generation !== one.generation || running.handle?.fresh === undefined) return close(one.path)
    let fresh: Fresh | undefined
    let nextMs = 0
    try {
      fresh = await running.handle.fresh()
      for (;;) {
        const passed = await probe(fresh, one.path, clock)
        if (one.closed) return
        const verdict = onProbe(state, passed, clock.now())
        nextMs = verdict.nextMs
        if (verdict.fault === 'ours') blame(one)
        if (verdict.fault !== 'unknown') break
        await pause(clock, nextMs)
        if (one.closed) return
      }
    } catch {
      // It does not even boot: then a new life would not either.
      nextMs = onProbe(state, false, clock.now()).nextMs
    } finally {
      await fresh?.end()
    }
    if (!one.closed) one.undo = clock.after(nextMs, () => void examine(one, state))
  }
  const blame = ({ path, id, generation, because }: Case) => {
    const event = events.emit(
      'system.own_fault',
      `${name}/${id}`,
      { id, generation, dependency: path },
      { level: 'warn', because },
    )
    renewals.ask({ id, generation, kind: 'own_connections', because: event })
  }
  const undo = [
    events.on('dependency.down', ({ id: because, source: path }) => {
      const id = programOf(path)
      const running = id === undefined ? undefined : runningOf(id)
      if (id === undefined || running === undefined) return
      close(path)
      const one: Case = { path, id, generation: running.generation, because, undo: () => {}, closed: false }
      one.undo = outsideFrames(() => clock.after(FIRST_MS, () => void examine(one)))
      cases.set(path, one)
    }),
    events.on('dependency.back', ({ source }) => close(source)),
    // What an operator holds down is nobody's fault.
    events.on('dependency.held', ({ source }) => close(source)),
    events.on('program.exited', ({ source, data }) => {
      for (const one of [...cases.values()])
        if (`${name}/${one.id}` === source && one.generation === (data as { readonly generation: number }).generation)
          close(one.path)
    }),
  ]
  return () => {
    for (const one of undo) one()
    for (const path of [...cases.keys()]) close(path)
  }
}

/** Does this process reach it? Waits for its part to be there, asks it to look, and reads what it saw. */
async function probe(fresh: Fresh, path: string, clock: Clock): Promise<boolean> {
  for (const end = clock.now() + BOOT_MS; (await stateOf(fresh, path)) === undefined; await pause(clock, LOOK_MS))
    if (clock.now() > end) return false
  const who = { by: 'selfheal', why: 'a fresh look' }
  const seen = await fresh.ask({ path, verb: 'probe', args: { args: null, who } }, PROBE_MS).catch(() => null)
  return UP.has((seen as { readonly found?: unknown } | null)?.found)
}

async function stateOf(fresh: Fresh, path: string): Promise<Json | undefined> {
  // While it boots it says nothing.
  const parts = await fresh.ask({ path: '', verb: 'parts' }, ASK_MS).catch(() => null)
  const part = (Array.isArray(parts) ? (parts as { path?: unknown; snapshot?: { state?: Json } }[]) : []).find(
    one => one?.path === path,
  )
  return part?.snapshot?.state
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise(resolve => void clock.after(ms, resolve))
}
