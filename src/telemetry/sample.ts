// A sample: one figure with its name and labels, as every way out (OpenTelemetry, Prometheus) takes it.

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  /** One of INSTRUMENTS. */
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

/** What is asked of a running system: its parts, as the control socket shows them. */
export interface SeenPart {
  readonly path: string
  readonly kind: string
  readonly snapshot: unknown
}
