// A feature's mode, and what a page is told of it: the one shape between feature/ (on the server) and browser/. Public: no operator's
// name, no address of a machine, no driver's error is in it.

/** `on`: as always. `readonly`: it can be looked at, not changed. `off`: not there just now. */
export type Mode = 'on' | 'readonly' | 'off'

export interface ShownCause {
  readonly code: string
  /** For visitors: a plain sentence. */
  readonly says: string
  /** Milliseconds since 1970, on the server's clock. */
  readonly since: number
  readonly until?: number
}
export interface ShownFeature {
  readonly mode: Mode
  /** Since when it is in this mode. Milliseconds since 1970, on the server's clock. */
  readonly since: number
  readonly causes: readonly ShownCause[]
  /** What it is while the app itself is down and a standby answers for it; absent: on, for it only reads. */
  readonly otherwise?: 'readonly' | 'off'
  /** When it can be back at the earliest, if that is known: after the next looks at what is down. Not a promise, unless an operator set the end. */
  readonly backAt?: number
}
export interface ShownModes {
  readonly v: 1
  /** The server's clock when this was told: a page with a wrong clock still tells times right. */
  readonly at: number
  /** Whoever lost the stream comes back at a random moment within so many milliseconds: it grows with the number of visitors. */
  readonly spreadMs: number
  readonly features: Readonly<Record<string, ShownFeature>>
}
