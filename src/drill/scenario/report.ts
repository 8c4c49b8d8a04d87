// What a drill of a scenario came to, as one object: what --json prints, the pages show, and history keeps a line of.
import type { Figures } from './figures.ts'
import type { Kept } from './promises.ts'

export interface Mark {
  /** From the start of the load. */
  readonly atMs: number
  readonly is: 'fault' | 'healed' | 'detected' | 'contained' | 'recovered' | 'restarted'
  readonly says: string
}

/** One column of the timeline. */
export interface Column {
  readonly atMs: number
  readonly ok: number
  readonly degraded: number
  readonly failed: number
  /** Of what was answered well; null: nothing was. */
  readonly p50: number | null
  readonly p99: number | null
}

export interface Told {
  readonly atMs: number
  readonly level: string
  readonly name: string
  readonly says: string
}

/** `expected`: the verdict is no, as the scenario says it must be today. `aborted`: it hurt more than is allowed. */
export type Verdict = 'yes' | 'no' | 'expected' | 'no_steady_state' | 'aborted'

export interface DrillReport {
  readonly v: 1
  readonly drill: string
  readonly says: string
  /** Left out, in the control arm. */
  readonly without: readonly string[]
  readonly stage: 'copy' | 'here'
  readonly target: string
  /** Wall milliseconds. */
  readonly at: number
  /** What else this machine did meanwhile: its load, per core. Over 2, slow answers may be the machine's. */
  readonly loadPerCore: number
  readonly rate: number
  readonly durationMs: number
  readonly verdict: Verdict
  readonly checks: readonly Kept[]
  /** What to do first; null when the verdict is yes. */
  readonly mend: string | null
  /** Why it is expected to fail. */
  readonly expectedToFail: string | null
  readonly figures: Figures | null
  readonly columnMs: number
  readonly columns: readonly Column[]
  readonly marks: readonly Mark[]
  /** What a person would have been told at once. */
  readonly notified: readonly Told[]
  /** Everything worth telling that selfheal said meanwhile. */
  readonly told: readonly Told[]
  /** The kinds of failure that callers saw, the commonest first. */
  readonly failures: readonly { readonly says: string; readonly count: number }[]
  /** The command that does it again. */
  readonly again: string
}
