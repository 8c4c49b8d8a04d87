// What this room tells.
import type { Mode } from '../core/index.ts'

declare module '../core/events.ts' {
  interface EventMap {
    'feature.changed': {
      readonly feature: string
      readonly from: Mode
      readonly to: Mode
      /** How long it was in the mode before. */
      readonly afterMs: number
      readonly causes: readonly string[]
      readonly by?: string
    }
    /** It came and went too often, and stays as it is for a while. */
    'feature.held': { readonly feature: string; readonly returns: number; readonly inMs: number; readonly forMs: number }
    'feature.overridden': {
      readonly feature: string
      readonly mode: Mode
      readonly by: string
      readonly why: string
      readonly until?: number
    }
    'feature.overrides_unreadable': { readonly file: string; readonly says: string }
    'feature.stream_full': { readonly clients: number }
  }
}
