// Processes of selfheal's own beside the programs (the reporter): supervised by a tree of their own, so that no strategy, reload or budget of the
// programs' knows them, and none of their ends touches a program. A reload gives each a new life, which reads its configuration anew.
import { type Events, type Part, systemClock } from '../core/index.ts'
import { holdPorts, type Program, type ProgramHandle, program } from '../program/index.ts'
import { type Spec, type Supervisor, supervisor } from '../supervisor/index.ts'
import type { Logs } from './logs.ts'

export interface Aside {
  readonly id: string
  readonly argv: readonly string[]
}

export interface AsidesOptions {
  readonly name: string
  readonly folder: string
  readonly cwd: string
  readonly events: Events
  readonly logs: Logs
  /** Those that are wanted now; asked again at each reload. */
  readonly wanted: () => Promise<readonly Aside[]>
}

const RETRY_EVERY = '60s'

/** Resolves at once: nobody waits for them. */
export async function asides({ name, folder, cwd, events, logs, wanted }: AsidesOptions) {
  const path = `${name}/beside`
  const controller = new AbortController()
  const ports = await holdPorts([], path, events, { handUp: false })
  const argvs = new Map<string, readonly string[]>()
  const components = new Map<string, Program>()
  let tree: Supervisor | undefined
  let ended: Promise<unknown> = Promise.resolve()

  const specOf = ({ id, argv }: Aside): Spec => {
    argvs.set(id, argv)
    const component =
      components.get(id) ??
      program(() => ({
        command: argvs.get(id)!,
        ports,
        cwd,
        folder,
        events,
        ready: 'line',
        output: logs.sink(id),
        mark: (generation: number) => `${id}.${generation} | `,
        clock: systemClock,
      }))
    components.set(id, component)
    return { id, component, restart: 'permanent', shutdown: '5s', startWithin: '30s' }
  }
  const begin = async (first: readonly Aside[]) => {
    const root = supervisor({
      strategy: 'one_for_one',
      budget: 'child',
      intensity: 5,
      period: '60s',
      exhausted: { retryEvery: RETRY_EVERY, retriesFirst: () => true },
      children: first.map(specOf),
      events,
    })
    const child = await root.start({ id: 'beside', path, generation: 1, signal: controller.signal, beat: () => {} })
    if (child === 'ignore') return
    tree = child.handle
    ended = child.exited
  }
  const change = async () => {
    const now = await wanted()
    if (controller.signal.aborted) return
    if (tree === undefined) return now.length === 0 ? undefined : begin(now)
    const there = tree.whichChildren().map(child => child.id)
    for (const one of now) {
      const spec = specOf(one)
      // The old one goes first: both would want the same address.
      await (there.includes(one.id) ? tree.replace(one.id, { stopFirst: true }) : tree.startChild(spec)).catch(() => undefined)
    }
    for (const id of there.filter(known => !now.some(one => one.id === known))) {
      await tree.terminateChild(id)
      tree.deleteChild(id)
    }
  }

  // One change at a time; what goes wrong in one is told as events of its supervisor.
  let last: Promise<unknown> = Promise.resolve()
  const next = () => {
    last = last.then(change).catch(() => undefined)
  }
  const off = events.on('system.reloaded', next)
  next()
  return Object.freeze({
    parts: (): readonly Part[] =>
      (tree?.whichChildren() ?? []).map(({ id, state, generation, child }) => ({
        path: `${path}/${id}`,
        kind: 'aside',
        snapshot: () => ({ id, state, generation, pid: (child?.handle as ProgramHandle | undefined)?.pid ?? null }),
      })),
    async close() {
      off()
      controller.abort()
      await last
      await ended
      ports.close()
    },
  })
}
