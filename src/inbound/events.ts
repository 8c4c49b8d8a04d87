// What the door tells: when it begins to turn requests away, and when it stops. Each refusal by itself is a count, not an event.
import type { Priority } from '../policy/index.ts'
import type { SlowRoute, Turned } from './refusing.ts'

declare module '../core/events.ts' {
  interface EventMap {
    /** Because the loop is late: these priorities are refused from here on; none: all are let in again. */
    'inbound.shedding': { readonly shed: readonly Priority[]; readonly lateMs: number }
    /** Requests are refused, or cut at their deadline; told a second after the first, with all until then, and once for all that follow. */
    'inbound.refusing': Turned & {
      /** What most of them were turned away for. */
      readonly why: keyof Turned
      readonly inFlight: number
      readonly lateMs: number
      readonly deadlineMs: number
      /** At most three. */
      readonly slowest: readonly SlowRoute[]
    }
    /** None was for half a minute. `forMs`: from the first to the last. */
    'inbound.well': Turned & { readonly forMs: number }
  }
}
