// The contract between a dependency and a driver, in this room's words. An adapter knows one driver and nothing of health; what its
// answers come to is the guard's, when to drop and return is dependency.ts's.
import type { Json, Judge, Need, Part, Undo } from '../core/index.ts'
import type { Call, Policy } from '../policy/index.ts'

/** The driver's own surface plus one member, so that no name of a driver is shadowed. */
export type Dependency<F extends object> = F & { readonly heal: Heal }

export interface Heal extends Need, Part, Policy {
  /** Full as soon as it can be read. */
  readonly readable: Need
  /** None as long as it can't be written. */
  readonly writable: Need
  /** What an answer of it says: whose fault, and did it run. */
  readonly judge: Judge
  /**
   * While `need` is not full the server itself refuses what would write (PostgreSQL: default_transaction_read_only), whoever sends it: a
   * GET that writes is caught. `heal.modes.app` is such a need. Nothing where the adapter can't, or behind a pooler.
   */
  readOnlyWhile(need: Need): Undo
  /** Stops probing. The driver's own end is the app's to call; a facade that sees it calls this. */
  [Symbol.dispose](): void
}

export interface Adapter<F extends object> {
  readonly kind: string
  readonly judge: Judge
  /** A new object that the app calls (`heal` is put on it); operations pass through `run`, those on what is checked out through `runHeld`. */
  facade(run: Policy['run'], more: FacadeMore): F
  /** On a fresh connection of its own, outside pool and limit; must try a write. Rejects: not there. */
  probe(call: Call): Promise<'up' | 'readonly'>
  /** Refuse waiters, cancel what runs, end ALL connections; best effort within call.deadline. How many were ended. */
  drop(call: Call): Promise<number>
  /** 0 … 1 of the pool's size: 0 while open, rising in the ramp. */
  admit(share: number): void
  /** LISTEN, consumers, session settings; also ends what a drop left behind on the server. */
  resume?(call: Call): Promise<void>
  /** No connection opened before now is used again; those in use end when they are given back. */
  recycle?(): void
  /** What would write is refused by the server from here on, or taken again. */
  readOnly?(on: boolean): void
  /** How many calls have been running for longer than that. */
  late?(ms: number): number
  /** How many calls may run at a time: the pool's size. Default: no limit. */
  readonly size?: number
  /** Its calls run no code of the app's: what surrounds them (deadline, who retries) is not handed on to them, which costs less. */
  readonly plain?: boolean
  /** It is asked when nobody else has asked it for so long. Default 5 s. */
  readonly idleMs?: number
  /** Of one attempt, when the driver's own settings ask for another than the default. */
  readonly attemptMs?: number
  readonly settings: NonNullable<Part['settings']>
  /** Brings its own levels into step with what is around them, from here on; tells those that are others now, in milliseconds. */
  mend?(around: Around): Readonly<Record<string, number>>
  /** What its server is set to, for doctor: { kind, settings, … }. */
  inspect?(call: Call): Promise<Json>
  /** What it holds now, for snapshots. */
  counts?(): Readonly<Record<string, number>>
}

/** The guard's levels. */
export interface Around {
  readonly attemptMs: number
  readonly deadlineMs: number
}

export interface FacadeMore {
  /** What the app calls it, for refusals. */
  readonly name?: string
  /** As `run`, for work on something checked out already: no queue, no retry. */
  readonly runHeld: Policy['run']
  /** The driver itself saw something amiss outside of any call: an idle connection closed, a write was refused. */
  doubt(why: string): void
  /** The app ends the driver for good. */
  ended(): void
  /** It does not, after all: it is connected again. */
  lasts?(): void
}
