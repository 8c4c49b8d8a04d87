// What one arm's calls come to, for the table and the picture. Pure.
import { type Call, DEADLINE_MS } from './plan.ts'
import type { Held, Ran } from './run.ts'

export interface Figures {
  /** From the fault's beginning until what guards the calls lets them in no more (ours: or says that it is read-only). */
  readonly noticed: { readonly ms: number; readonly calls: number } | undefined
  /** Of a caller who came since the fault began. One who was never answered waited until the end, at least. */
  readonly longestMs: number
  /** Held 1 s after it was noticed; where it was not, just before the fault's end. Undefined: it was over by then. */
  readonly left: { readonly sockets: number | undefined; readonly backends: number | undefined }
  /** From the fault's end until 25 calls in a row, from then on, have good answers. */
  readonly backMs: number | undefined
  /** Calls that failed, or were answered too late: of those who came in the fault, and after it. */
  readonly lost: { readonly during: number; readonly after: number; readonly of: number }
  readonly unfinished: number
  /** From `well` to the next good answer. */
  readonly afterProbeMs: number | undefined
  /** By quarter seconds from two seconds before the fault: how the calls that came in each fared. */
  readonly strip: readonly Fared[]
}
export type Fared = 'good' | 'refused' | 'waited' | 'none'

const IN_A_ROW = 25
const AT_ONCE_MS = 100
export const SLICE_MS = 250
export const BEFORE_MS = 2_000
/** An answer this much later than the deadline is still in time: timers are late, too. */
const GRACE_MS = 50
/** A probe comes and goes: the fewest seen in this time are what was left. */
const LEFT_MS = [1_000, 4_500] as const

const good = (call: Call) => call.ok === true && call.endedAt! - call.beganAt <= DEADLINE_MS + GRACE_MS
const waited = (call: Call, over: number) => (call.endedAt ?? over) - call.beganAt

export function figures({ done, held }: Ran['arms'][number], { began, ended, over }: Ran): Figures {
  const { calls, marks } = done
  const since = calls.filter(call => call.beganAt >= began)
  const after = since.filter(call => call.beganAt >= ended)
  const noticedAt = marks.find(({ is, at }) => is === 'noticed' && at >= began && at < ended)?.at
  const wellAt = marks.findLast(({ is, at }) => is === 'well' && at >= ended)?.at
  const answered = wellAt === undefined ? undefined : calls.filter(call => call.ok && call.endedAt! >= wellAt)
  const back = after.findIndex((_, i) => i + IN_A_ROW <= after.length && after.slice(i, i + IN_A_ROW).every(good))
  return {
    noticed:
      noticedAt === undefined
        ? undefined
        : { ms: noticedAt - began, calls: since.filter(({ beganAt }) => beganAt < noticedAt).length },
    longestMs: Math.max(0, ...since.map(call => waited(call, over))),
    left: leftOf(held, noticedAt, ended),
    backMs: back < 0 ? undefined : after[back]!.beganAt - ended,
    lost: {
      during: since.filter(call => call.beganAt < ended && !good(call)).length,
      after: after.filter(call => !good(call)).length,
      of: since.length,
    },
    unfinished: calls.filter(({ endedAt }) => endedAt === undefined).length,
    afterProbeMs: answered?.length ? Math.min(...answered.map(({ endedAt }) => endedAt!)) - wellAt! : undefined,
    strip: stripOf(calls, began - BEFORE_MS, over),
  }
}

function leftOf(held: readonly Held[], noticedAt: number | undefined, ended: number): Figures['left'] {
  const [from, to] = noticedAt === undefined ? [ended - 1_000, ended] : [noticedAt + LEFT_MS[0], noticedAt + LEFT_MS[1]]
  const seen = held.filter(({ at }) => at >= from && at <= Math.min(to, ended))
  const asked = seen.flatMap(({ backends }) => backends ?? [])
  return {
    sockets: seen.length === 0 ? undefined : Math.min(...seen.map(({ sockets }) => sockets)),
    backends: asked.length === 0 ? undefined : asked[0],
  }
}

function stripOf(calls: readonly Call[], from: number, to: number): Fared[] {
  return Array.from({ length: Math.ceil((to - from) / SLICE_MS) }, (_, i) => {
    const begins = from + i * SLICE_MS
    const came = calls.filter(({ beganAt }) => beganAt >= begins && beganAt < begins + SLICE_MS)
    const bad = came.filter(call => !good(call))
    if (came.length === 0) return 'none'
    if (bad.length * 10 <= came.length) return 'good'
    return bad.some(call => waited(call, to) > AT_ONCE_MS) ? 'waited' : 'refused'
  })
}
