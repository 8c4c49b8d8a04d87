// What this room tells: what it found in an app and guards, or only watches; and what it would have done.
declare module '../core/events.ts' {
  interface EventMap {
    /** Found, and guarded from here on; `how` is `watched` under SELFHEAL_AUTO=report. */
    'auto.found': { readonly kind: string; readonly how: 'guarded' | 'watched' }
    /** Found, and left as it is. */
    'auto.left': { readonly kind: string; readonly why: string }
    /** Only with SELFHEAL_AUTO=report: what would have been done just now. `cut`: its caller answered after so long. */
    'auto.would': {
      readonly kind: string
      readonly what: 'cut' | 'open'
      readonly why: string
      readonly afterMs?: number
    }
    /** Only with SELFHEAL_AUTO=report, at the end of the process: one line each of what was watched. */
    'auto.reported': { readonly lines: readonly string[] }
  }
}

export {}
