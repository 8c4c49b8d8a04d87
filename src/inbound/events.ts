// What the door tells: when it begins to turn requests away, and when it stops. Each refusal by itself is a count, not an event.
import type { Priority } from '../policy/index.ts'

declare module '../core/events.ts' {
  interface EventMap {
    /** Because the loop is late: these priorities are refused from here on; none: all are let in again. */
    'inbound.shedding': { readonly shed: readonly Priority[]; readonly lateMs: number }
  }
}
