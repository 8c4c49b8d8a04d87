// Entry: an event as the journal keeps it. Names and data are whatever was told: readers must take them as they come.
import type { EventId, Json, Level } from '../core/index.ts'

export interface Entry {
  /** Its place in the file: rises, and is never used again. */
  readonly row: number
  readonly v: 1
  readonly id: EventId
  readonly name: string
  readonly source: string
  /** Monotonic milliseconds in its own process. */
  readonly at: number
  readonly wall: number
  readonly level: Level
  readonly because?: EventId
  readonly data: Json
}

/** From the least to what a person may have to act on; the place is what the file holds. */
export const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'alarm']

export interface Query {
  /** Wall milliseconds, included. */
  readonly since?: number
  /** Wall milliseconds, not included. */
  readonly until?: number
  /** A path: it and everything under it. */
  readonly source?: string
  /** A name, or all that begin so: 'supervisor.*'. */
  readonly name?: string
  /** This level and those above. */
  readonly level?: Level
  /** Id of any entry of the incident. */
  readonly incident?: EventId
  /** Only what came after this row, oldest first. Without it: the newest. */
  readonly afterRow?: number
  /** At most so many; 1 … 10,000. Default 100. */
  readonly limit?: number
}

/** Why something happened, and what came of it. */
export interface Why {
  /** From the first sign to the entry asked for. */
  readonly chain: readonly Entry[]
  /** The whole incident, oldest first. */
  readonly incident: readonly Entry[]
}

export interface JournalReader {
  /** Always oldest first. Rejects with SelfhealError or ConfigError. */
  query(query?: Query): Promise<readonly Entry[]>
  /** undefined: no such entry, or no longer. */
  why(id: EventId): Promise<Why | undefined>
}
