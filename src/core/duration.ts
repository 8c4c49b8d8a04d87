// Durations: parsed once, at the border, from '30s' or milliseconds. Inside, every duration is a number with its unit in its name.

/** Milliseconds as a number, or text: `'250ms'`, `'30s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The duration in milliseconds, or `undefined` when it is none: not finite, negative, or not understood. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value.trim())
  return match ? durationMs(Number(match[1]) * UNIT_MS[match[2]!]!) : undefined
}

/** For people: `340 ms`, `2.5 s`, `4 min 10 s`, `3 h 5 min`, `2 d 1 h`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return 'for ever'
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`
  const seconds = Number((ms / 1_000).toFixed(ms < 10_000 ? 1 : 0))
  if (seconds < 60) return `${seconds} s`
  if (ms < 3_600_000) return inTwo(Math.max(ms, 60_000), 60_000, 'min', 1_000, 's')
  return ms < 86_400_000 ? inTwo(ms, 3_600_000, 'h', 60_000, 'min') : inTwo(ms, 86_400_000, 'd', 3_600_000, 'h')
}

function inTwo(ms: number, bigMs: number, big: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % bigMs) / smallMs)
  return `${Math.floor(ms / bigMs)} ${big}${rest === 0 ? '' : ` ${rest} ${small}`}`
}
