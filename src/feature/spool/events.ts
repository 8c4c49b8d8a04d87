// What the spool tells.
declare module '../../core/events.ts' {
  interface EventMap {
    /** The first write waits. */
    'spool.began': { readonly kind: string }
    'spool.drained': { readonly applied: number; readonly dead: number; readonly tookMs: number }
    'spool.dead': { readonly key: string; readonly kind: string; readonly tries: number; readonly reason: string }
    'spool.full': { readonly pending: number; readonly pendingBytes: number }
  }
}

export {}
