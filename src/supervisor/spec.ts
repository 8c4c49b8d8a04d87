// What a supervisor is told: its options and the specs of its children. Durations are '5s' or milliseconds; check.ts reads them once.
// Other than in Erlang: repeated restarts wait (`backoff`), also when several
// children fall together; 3 restarts in 5 s are allowed instead of 1, a root may never give up
// (`exhausted`), and what runs in this process can only be asked to stop: one that does not is reported unstopped, and escalates.
import type { Clock, Duration, Events, Need } from '../core/index.ts'
import type { Child, Component } from './component.ts'

export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'dynamic'
export type Restart = 'permanent' | 'transient' | 'temporary'

export interface Spec<H = unknown> {
  /** Unique among its siblings; no slash. */
  readonly id: string
  readonly component: Component<H>
  /**
   * What it needs. A sibling, by its id, as its child, or by what `need(id)` gave: it starts after that one and stops before it, and is restarted with
   * it. Anything else (a dependency): while its reading is none, restarts wait for it, and use up no budget.
   */
  readonly needs?: readonly (string | Need | Child | { readonly heal: Need })[]
  /** `permanent` always comes back; `transient` after an error or a kill; `temporary` never. Default permanent. */
  readonly restart?: Restart
  /** How long it may take to stop once asked. Default: 5 s, a program 8 s, a supervisor `infinity`. `brutal_kill`: it is not asked. */
  readonly shutdown?: 'brutal_kill' | 'infinity' | Duration
  /** Its end may end the supervisor, as `autoShutdown` says. Not with permanent. Default false. */
  readonly significant?: boolean
  /** How long a start may take. Default 30 s; a supervisor's, whose children have their own: `infinity`. */
  readonly startWithin?: 'infinity' | Duration
  readonly health?: Health<H>
  /** Once ready it must call `life.beat()` at least so often, else it hangs: its life is ended and restarted. Default: it need not. */
  readonly heartbeat?: Duration
}

/** Asked again and again, once its life is ready. What the check throws never harms the supervisor: it is a miss. */
export interface Health<H = unknown> {
  /** Well: it gives anything but false, in time. Not well: it throws, rejects, gives false, or is late. `signal` aborts when it is late. */
  check(handle: H, signal: AbortSignal): unknown
  /** From one answer to the next check. Default 10 s. */
  readonly every?: Duration
  /** How long a check may take. Default 5 s. */
  readonly within?: Duration
  /** So many in a row not well, and its life is ended and restarted. Default 2. */
  readonly misses?: number
}

export interface BackoffOptions {
  /** The first wait of a repeated crash. Default 100 ms; 0 is no wait at all. */
  readonly baseMs?: number
  /** The longest wait. Default 30 s. */
  readonly capMs?: number
  /** Share of the wait that is random, 0 … 1. Default 0.5. */
  readonly jitter?: number
  /** So long ready, and its restarts are forgotten. Default 60 s. */
  readonly resetAfterMs?: number
}

export interface Exhausted {
  /** How often a start is tried, ± 20 %. */
  readonly retryEvery: Duration
  /** Runs while the child is down, from the moment it is crash-looping until a try is ready: one, or one for each child's id. */
  readonly meanwhile?: Component | ((id: string) => Component | undefined)
  /**
   * Whether a child whose very first start failed is tried again by the rule, as after any later failure, instead of failing the
   * supervisor's own start. Its siblings are started meanwhile. Default: never (OTP).
   */
  readonly retriesFirst?: (error: unknown) => boolean
}

/** What every factory of this room may be given; a supervisor inside another takes its parent's. */
export interface Given {
  readonly clock?: Clock
  readonly events?: Events
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number
}

export interface SupervisorOptions extends Given {
  /** Only with dynamic: how many children it may have at a time. Default: any number. */
  readonly maxChildren?: number
  /** Default one_for_one. `dynamic`: children only by startChild; they stop in parallel and are forgotten when they end. */
  readonly strategy?: Strategy
  /** Started in this order, each ready before the next; stopped in reverse. */
  readonly children?: readonly Spec[]
  /** Most restarts in `period`: one more, and the supervisor gives up (see `exhausted`). Default 3. */
  readonly intensity?: number
  /** Default 5 s; more than 0. */
  readonly period?: Duration
  /** Whose restarts are counted together. Default `supervisor`. */
  readonly budget?: 'supervisor' | 'child'
  /** Default never. Not with dynamic. */
  readonly autoShutdown?: 'never' | 'any_significant' | 'all_significant'
  /** When the restarts are used up: `escalate` ends the supervisor (OTP); else it never gives up. Default escalate. */
  readonly exhausted?: 'escalate' | Exhausted
  readonly backoff?: BackoffOptions
}
