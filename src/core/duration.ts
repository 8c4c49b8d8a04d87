// Durations: parsed once, at the border, from '30s' or milliseconds. Inside, every duration is a number with its unit in its name.

/** Milliseconds as a number, or text: `'250ms'`, `'30s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The duration in milliseconds, or `undefined` when it is none: not finite, negative, or not understood. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value.trim())
  return match ? Number(match[1]) * UNIT_MS[match[2]!]! : undefined
}

/** For people: `340 ms`, `2.5 s`, `4 min 10 s`, `3 h 5 min`, `2 d 1 h`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return 'for ever'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 1 : 0))} s`
  const [size, big, small, next] = ms < 3_600_000 ? [60_000, 'min', 's', 1_000] : ms < 86_400_000 ? [3_600_000, 'h', 'min', 60_000] : [86_400_000, 'd', 'h', 3_600_000]
  const whole = Math.floor(ms / size)
  const rest = Math.floor((ms % size) / next)
  return rest === 0 ? `${whole} ${big}` : `${whole} ${big} ${rest} ${small}`
}
