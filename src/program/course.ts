// What befalls one life, as it is known so far, and its telling: every fact is an event whose because is the fact before it.
//
//   started ─► uncaught: it retires (drains), or ends     ─► hung: it is killed     ─► exited: how, by exit.ts
import type { Clock, EventId, Events, Json } from '../core/index.ts'
import type { Exit, Life } from '../supervisor/index.ts'
import { oomKills } from './cgroup.ts'
import { exitOf } from './exit.ts'
import type { Ended } from './gone.ts'
import type { Over } from './memory.ts'

const OVER_EVERY_MS = 60_000

export interface Blocked {
  readonly forMs: number
  readonly stack: readonly string[]
  readonly route?: string
}

export interface Hung {
  readonly forMs: number
  readonly stack: readonly string[] | null
  /** The whole process stood still, its watchdog too. */
  readonly stopped: boolean
  readonly route?: string
  /** What the kernel shows of a thread that is in no JavaScript. */
  readonly inKernel?: string
}

export interface Unfinished {
  readonly refused: number
  readonly broken: number
}

interface Retiring {
  readonly drains?: boolean
  readonly stays?: boolean
  readonly answered?: string
  readonly route?: string
  /** What the app told of it. */
  readonly event?: string
}

export interface Course {
  readonly startedEvent: EventId
  readonly startedAt: number
  asked: boolean
  killed: boolean
  /** When its time to drain was up. */
  unfinished: Unfinished | undefined
  /** Takes the first only. False: it is stopped already, or this is told. */
  hung(told: Hung): boolean
  blocked(told: Blocked): void
  /** Told once a minute at most, while it is the one that serves. */
  memoryOver(over: Over): void
  /** It told that it takes no new work and finishes the old. */
  readonly drains: boolean
  /** It takes no new work, or is about to end. */
  retiring(exit: Json): void
  /** Resolves when it takes no new work and finishes the old. */
  readonly retired: Promise<Exit>
  exited(ended: Ended, byShell: boolean, tail: string): Exit
}

export function courseOf({ generation, path, because }: Life, pid: number, events: Events, clock: Clock): Course {
  const killsBefore = oomKills()
  const startedAt = clock.now()
  const startedEvent = events.emit(
    'program.started',
    path,
    { generation, pid },
    { level: 'debug', ...(because === undefined ? {} : { because }) },
  )
  const retired = Promise.withResolvers<Exit>()
  let last = startedEvent
  let hung: Json | undefined
  let uncaught: Json | undefined
  let drains = false
  let overAt = Number.NEGATIVE_INFINITY
  return {
    startedEvent,
    startedAt,
    asked: false,
    killed: false,
    unfinished: undefined,
    retired: retired.promise,
    get drains() {
      return drains
    },
    hung(told) {
      if (hung !== undefined || this.asked) return false
      hung = told as unknown as Json
      last = events.emit('program.hung', path, { generation, pid, ...told }, { level: 'warn', because: last })
      return true
    },
    blocked(told) {
      if (this.asked) return
      events.emit('program.blocked', path, { generation, pid, ...told }, { because: startedEvent })
    },
    memoryOver(over) {
      if (this.asked || drains || clock.now() < overAt + OVER_EVERY_MS) return
      overAt = clock.now()
      events.emit('program.memory_over', path, { generation, pid, ...over }, { level: 'warn', because: startedEvent })
    },
    retiring(exit) {
      const { drains: d, stays, answered, route, event, ...error } = exit as unknown as Retiring
      if (stays !== true) uncaught ??= exit
      drains ||= d === true
      const data = {
        generation,
        pid,
        error: error as Json,
        drains: d === true,
        ...(answered === undefined ? {} : { answered }),
        ...(route === undefined ? {} : { route }),
        ...(stays === true ? { stays } : {}),
      }
      last = events.emit('program.uncaught', path, data, { level: 'warn', because: event ?? startedEvent })
      if (d === true) retired.resolve({ reason: 'error', what: 'uncaught', info: exit, event: last })
    },
    exited({ code, signal }, byShell, tail) {
      const exit = exitOf({
        code,
        signal,
        byShell,
        asked: this.asked,
        killed: this.killed,
        drains,
        tail,
        oomKilled: oomKills() > killsBefore,
        ...(uncaught === undefined ? {} : { uncaught }),
        ...(hung === undefined ? {} : { hung }),
      })
      const { what, signal: by, code: status } = exit
      const data = {
        generation,
        pid,
        reason: exit.reason,
        aliveMs: Math.round(clock.now() - startedAt),
        tail: this.asked ? '' : tail,
        ...(what === undefined ? {} : { what }),
        ...(by === undefined ? {} : { signal: by }),
        ...(status === undefined ? {} : { code: status }),
        ...(drains ? { drained: true } : {}),
        // One with a handler of its own for SIGTERM may have finished them after all.
        ...(this.unfinished !== undefined && (exit.reason === 'killed' || by === 'SIGTERM')
          ? { unfinished: this.unfinished }
          : {}),
      }
      const level = exit.reason === 'error' && !drains ? 'warn' : 'info'
      return { ...exit, event: events.emit('program.exited', path, data, { level, because: last }) }
    },
  }
}
