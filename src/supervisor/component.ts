// Component: something that can be started, stopped, and that can exit. The contract between the supervisor, which alone decides on
// restarts and alone keeps time, and what it supervises: in-process service, worker thread, program, another supervisor.
import type { EventId, Json, Need } from '../core/index.ts'

export interface Exit {
  /** All that supervisor/rule reads. */
  readonly reason: 'normal' | 'shutdown' | 'killed' | 'error'
  readonly what?: 'uncaught' | 'hang' | 'oom' | 'signal' | 'code' | 'health' | 'start' | 'escalated'
  readonly info?: Json
  readonly error?: unknown
  readonly code?: number
  readonly signal?: string
  /** The event that tells of it: later events name it as their because. */
  readonly event?: EventId
}

/** One start-to-exit of a component. */
export interface Life {
  readonly id: string
  readonly path: string
  readonly generation: number
  /** Aborts = please stop. Abort during start must make start reject. */
  readonly signal: AbortSignal
  /** With a `heartbeat` in its spec: it is alive. Cheap; call it as often as you like. */
  beat(): void
  readonly because?: EventId
}

export interface Child<H = unknown> {
  readonly handle: H
  /** From here it takes no new work and may be replaced, while it finishes the old. Absent: the same as exited. */
  readonly retired?: Promise<Exit>
  /** Nothing of it is left. Must never reject. */
  readonly exited: Promise<Exit>
  /** false: can't be killed here (in-process); it is reported unstopped, and escalates. */
  kill(): boolean
  readonly need?: Need
}

export interface Component<H = unknown> {
  readonly kind: 'service' | 'worker' | 'program' | 'supervisor'
  /** A new life may be ready before the old has exited (programs on held ports): allows replace() and retiring. */
  readonly overlap?: boolean
  /** Resolves when ready. Rejects: failed start, and nothing must be left behind. */
  start(life: Life): Promise<Child<H> | 'ignore'>
}
