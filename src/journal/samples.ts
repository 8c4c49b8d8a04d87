// Samples: every few minutes the figures of every part, so that a day can be looked back on: memory that grows, a pool that fills, retries that
// become more. Kept as entries of the journal ('system.sampled', debug); who
// takes them is system/. Pure.
import type { Json } from '../core/index.ts'

const MOST = 40
const MAX_DEPTH = 3
/** Names, not measures. */
const NOT_MEASURED = /(^|\.)(pid|generation|since|version|port|at|began|until)$/i

/** The numbers in a snapshot, by their place: 'vitals.heap'. */
export function numbersOf(snapshot: Json, place = '', depth = 0): Readonly<Record<string, number>> {
  if (typeof snapshot !== 'object' || snapshot === null || Array.isArray(snapshot) || depth > MAX_DEPTH) return {}
  const found: [string, number][] = []
  for (const [key, value] of Object.entries(snapshot as { readonly [key: string]: Json })) {
    const at = place === '' ? key : `${place}.${key}`
    if (typeof value === 'number' && Number.isFinite(value) && !NOT_MEASURED.test(at)) found.push([at, value])
    else found.push(...Object.entries(numbersOf(value, at, depth + 1)))
  }
  return Object.fromEntries(found.slice(0, MOST))
}
