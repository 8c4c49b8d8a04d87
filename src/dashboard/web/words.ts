// Times and sizes as people read them. Pure.

export function span(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  const s = ms / 1_000
  if (s < 60) return `${s < 10 ? Math.round(s * 10) / 10 : Math.round(s)} s`
  if (s < 3_600) return `${Math.floor(s / 60)} min`
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3_600)} h`
}

/** Whole seconds: what counts up on the page must not flicker. */
export const age = (ms: number) => (ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : span(ms))

export const bytes = (n: number) => (n < 1_048_576 ? `${Math.round(n / 1_024)} KB` : `${Math.round(n / 1_048_576)} MB`)

/** By hand: the first use of a locale's own takes longer than all else that a change of the page does. */
export function clockTime(wall: number): string {
  const at = new Date(wall)
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(n => String(n).padStart(2, '0')).join(':')
}
