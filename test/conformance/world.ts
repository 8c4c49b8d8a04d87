// One test's world: a manual clock, the events that were told, the order in which lives began and ended, and children to drive.
import assert from 'node:assert/strict'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { createEvents, type Event, type EventMap } from '../../src/core/index.ts'
import {
  type Child,
  type Component,
  type Life,
  type Root,
  type Spec,
  type Supervisor,
  type SupervisorOptions,
  startRoot,
  supervisor,
} from '../../src/supervisor/index.ts'
import { type ManualClock, manualClock } from '../../src/testing/index.ts'
import type { Driver, Kit, Script } from './kit.ts'

export interface Driven {
  readonly id: string
  readonly script: Script
  /** Starts tried. */
  starts(): number
  /** Lives now, the newest last. */
  live(): readonly Child<Driver>[]
  spec(more?: Partial<Spec>): Spec
  crash(): void
  finish(): void
}
export interface World {
  readonly clock: ManualClock
  /** 'start a', 'end a' in their order. */
  readonly log: string[]
  child(id: string, script?: Script): Driven
  root(options: SupervisorOptions): Promise<Root<Supervisor>>
  tree(component: Component<Supervisor>): Promise<Root<Supervisor>>
  told<N extends keyof EventMap>(name: N): readonly Event<N>[]
  /** Waits, in real turns of the loop and never by a time, until it is so. */
  until(so: () => boolean, what?: string): Promise<void>
  /** Lets what is under way settle; with threads that is until nothing more is told for a while. */
  settle(): Promise<void>
}

/** No wait between restarts: Erlang's own rule. */
export const atOnce = { baseMs: 0, jitter: 0 }

export function world(kit: Kit): World {
  const clock = manualClock()
  const events = createEvents({ clock })
  const told: Event[] = []
  const log: string[] = []
  events.on('*', event => told.push(event))

  const until = async (so: () => boolean, what = so.toString()) => {
    const limit = performance.now() + 60_000
    while (!so()) {
      if (performance.now() > limit) assert.fail(`never came: ${what}; ${log.join(', ')}; ${told.map(e => e.name).join(', ')}`)
      // What lives outside this thread needs the machine that a busy loop would take.
      await (kit.killable ? sleep(1) : turn())
      await clock.advance(0)
    }
  }
  const settle = async () => {
    for (let i = 0; i < 5; i++) await clock.advance(0)
  }
  const start = <H>(component: Component<H>) => startRoot(component, { clock, events, random: () => 0.5, path: 'top' })

  return {
    clock,
    log,
    until,
    settle,
    child(id: string, script: Script = {}) {
      let starts = 0
      const lives = new Set<Child<Driver>>()
      const inner = kit.make(script)
      const component: Component<Driver> = {
        ...inner,
        async start(life: Life) {
          starts++
          const child = await inner.start(life)
          if (child === 'ignore') return child
          log.push(`start ${id}`)
          lives.add(child)
          const gone = () => {
            lives.delete(child)
            log.push(`end ${id}`)
          }
          child.exited.then(gone, gone)
          return child
        },
      }
      const newest = () => [...lives].at(-1) ?? assert.fail(`${id} is not running`)
      return {
        id,
        script,
        starts: () => starts,
        live: () => [...lives],
        spec: (more: Partial<Spec> = {}) => ({ id, component, ...more }),
        crash: () => newest().handle.crash(),
        finish: () => newest().handle.finish(),
      }
    },
    root: options => start(supervisor({ backoff: atOnce, ...options })),
    tree: component => start(component),
    told: <N extends keyof EventMap>(name: N) => told.filter(event => event.name === name) as unknown as readonly Event<N>[],
  }
}

/** What whichChildren says, shortly. */
export function states(handle: Supervisor): Readonly<Record<string, string>> {
  return Object.fromEntries(handle.whichChildren().map(({ id, state }) => [id, state]))
}

/** It must reject with this code. */
export async function refused(command: () => unknown, code: string): Promise<void> {
  await assert.rejects(async () => command(), { code })
}
