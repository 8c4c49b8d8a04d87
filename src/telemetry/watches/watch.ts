// A watch: a small trouble seen before it is an incident. It goes into the digest, with the threshold that it was measured by; never at once.
import type { Entry } from '../../journal/index.ts'

export interface Seen {
  /** What it is about: a path, a host. */
  readonly source: string
  /** What is seen, and from when on it is said. */
  readonly says: string
}

/** `entries` of the time looked at, oldest first. Pure. */
export type Watch = (entries: readonly Entry[], now: number) => readonly Seen[]
