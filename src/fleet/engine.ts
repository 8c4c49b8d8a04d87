// Engine: all that a fleet needs of a store: one round trip that leaves a sign of life and brings back what is new, and one compare-and-set.
// Leases, permits, forces, epochs and verdicts are documents over it (rule.ts). Two rules make that safe:
//   1. `now` is the engine's own clock. Nobody compares it with a machine's; a lease's time left is counted from when its reading was *asked* for.
//   2. write() is atomic: of two that name the same version, one is done.
import type { Json } from '../core/index.ts'

/** A document as it is kept. Version 0 and null: never written. */
export interface Stored {
  readonly version: number
  readonly value: Json
}

/** One machine's sign of life. */
export interface Beat {
  readonly fleet: string
  readonly node: string
  /** What others may see of it: small, no secret. */
  readonly info: Json
  readonly sick: boolean
  /** What it finds broken, by name: breakers that are open. */
  readonly hints: readonly string[]
  /** So long without another, and it counts as lost. */
  readonly ttlMs: number
  /** So long lost, and it is forgotten. */
  readonly forgetMs: number
  /** Versions it has: only documents of another version come back. */
  readonly known: Readonly<Record<string, number>>
}

export interface Seen {
  /** Milliseconds on the engine's clock, when it read this. */
  readonly now: number
  /** Without `lost` in `alive`; the beat's own node is among them. */
  readonly nodes: Counts
  /** How many that are alive tell each hint. */
  readonly hints: Readonly<Record<string, number>>
  readonly changed: Readonly<Record<string, Stored>>
}

export interface Counts {
  readonly alive: number
  readonly sick: number
  readonly lost: number
}

export interface Written {
  readonly done: boolean
  readonly now: number
  /** As it is kept now: what was written, or what stood in the way. */
  readonly stored: Stored
}

export interface NodeRow {
  readonly node: string
  readonly info: Json
  readonly sick: boolean
  /** Since its last sign of life. */
  readonly ageMs: number
  readonly lost: boolean
}

export interface Engine {
  readonly kind: string
  /** Must settle within `withinMs`, and must hold nothing (connection, waiter) after that. So must all that follow. */
  beat(beat: Beat, withinMs: number): Promise<Seen>
  /** `version`: the one it replaces; 0: it must not be there yet. Late or lost answers may have been done: the next beat tells. */
  write(fleet: string, key: string, value: Json, version: number, withinMs: number): Promise<Written>
  nodes(fleet: string, withinMs: number): Promise<readonly NodeRow[]>
  /** It will not come back: it is not lost, it has gone. */
  leave(fleet: string, node: string, withinMs: number): Promise<void>
  /** Ends what the engine itself opened; what it was given is left alone. */
  close?(): Promise<void>
}
