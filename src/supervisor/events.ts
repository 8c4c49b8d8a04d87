// The names this room tells, with their facts: counters and their limits, so that a reader needs no other event to judge one.
import type { Json } from '../core/index.ts'
import type { Component, Exit } from './component.ts'

/** An error as a record: never the live object. */
export interface ErrorFacts {
  readonly name: string
  readonly message: string
  readonly code?: string
  /** The first lines of its stack. */
  readonly stack?: readonly string[]
}
interface ChildFacts {
  readonly id: string
  readonly generation: number
}
export interface ExitFacts {
  readonly reason: Exit['reason']
  readonly what?: NonNullable<Exit['what']>
  readonly code?: number
  readonly signal?: string
  readonly info?: Json
  readonly error?: ErrorFacts
}
interface BudgetFacts {
  /** Restarts in the period, this one included, of at most `intensity`. */
  readonly restarts: number
  readonly intensity: number
  readonly periodMs: number
}
/** Of an end: the restarts in the period before it. The one it may lead to is counted in the event that tells of that. */
interface SoFarFacts {
  readonly restartsSoFar: number
  readonly intensity: number
  readonly periodMs: number
}
/** `for` it runs: the standby of a child that is crash-looping. */
interface MeanwhileFacts {
  readonly meanwhile?: true
}

declare module '../core/events.ts' {
  interface EventMap {
    'supervisor.child_started': ChildFacts & MeanwhileFacts & { readonly kind: Component['kind']; readonly startMs: number }
    'supervisor.child_start_failed': ChildFacts &
      MeanwhileFacts &
      SoFarFacts & { readonly error: ErrorFacts; readonly startMs: number }
    /** It takes no new work and finishes the old; this end is the one that counts. */
    'supervisor.child_retired': ChildFacts & ExitFacts & { readonly uptimeMs: number }
    /** Nothing of it is left. `asked`: it was told to stop. */
    'supervisor.child_exited': ChildFacts &
      MeanwhileFacts &
      ExitFacts &
      SoFarFacts & { readonly uptimeMs: number; readonly asked: boolean }
    'supervisor.child_restarting': ChildFacts & BudgetFacts & { readonly attempt: number; readonly waitMs: number }
    'supervisor.child_replaced': ChildFacts & { readonly before: number }
    /** It did not end `forMs` after it was asked; `during` its start: the start did not settle. */
    'supervisor.child_unstopped': ChildFacts & MeanwhileFacts & { readonly forMs: number; readonly during: 'start' | 'stop' }
    'supervisor.crash_looping': ChildFacts & BudgetFacts & { readonly attempt: number; readonly retryMs: number }
    /** A child that was crash-looping has been ready for `afterMs`. */
    'supervisor.recovered': ChildFacts & { readonly afterMs: number; readonly attempts: number }
    /** Its restart waits until what it needs can be used again. */
    'supervisor.child_waits': ChildFacts & { readonly for: string }
    /** It was given a new life by command, and those that need it follow. */
    'supervisor.dependents_restarting': ChildFacts & { readonly dependents: readonly string[] }
    /** One check that was not well; with the last of `limit` in a row its life is ended. */
    'supervisor.health_missed': ChildFacts & { readonly misses: number; readonly limit: number; readonly error: ErrorFacts }
    /** No sign of life for `forMs`, of at most `limitMs`: its life is ended. */
    'supervisor.heartbeat_missed': ChildFacts & { readonly forMs: number; readonly limitMs: number }
    /** An error that nobody caught: of a child, which is ended and restarted for it, or of nobody (without id), which is the process's. */
    'supervisor.stray_error': Partial<ChildFacts> & { readonly origin: string; readonly error: ErrorFacts }
    'supervisor.exhausted': BudgetFacts & { readonly id: string }
  }
}

const STACK_LINES = 5

export function errorFacts(error: unknown): ErrorFacts {
  try {
    if (!(error instanceof Error)) return { name: typeof error, message: String(error) }
    const { name, message, stack } = error
    const code = (error as { code?: unknown }).code
    return {
      name: String(name),
      message: String(message),
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof stack === 'string'
        ? {
            stack: stack
              .slice(0, 4_000)
              .split('\n')
              .slice(1, 1 + STACK_LINES)
              .map(line => line.trim()),
          }
        : {}),
    }
  } catch {
    return { name: 'unknown', message: 'an error that cannot be read' }
  }
}

export function exitFacts({ reason, what, code, signal, info, error }: Exit): ExitFacts {
  return {
    reason,
    ...(what === undefined ? {} : { what }),
    ...(code === undefined ? {} : { code }),
    ...(signal === undefined ? {} : { signal }),
    ...(info === undefined ? {} : { info }),
    ...(error === undefined ? {} : { error: errorFacts(error) }),
  }
}

/** As people read it: tenths of a millisecond. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10
}
