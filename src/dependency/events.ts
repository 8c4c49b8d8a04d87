// What this room tells: a dependency fell, its connections ended, it came back, its operations go on.
declare module '../core/events.ts' {
  interface EventMap {
    'dependency.down': { readonly kind: string; readonly why: string }
    /** Every connection was ended. */
    'dependency.dropped': { readonly connections: number; readonly tookMs: number; readonly failed?: string }
    'dependency.slow': { readonly kind: string; readonly why: string }
    'dependency.readonly': { readonly kind: string; readonly why: string }
    'dependency.back': { readonly kind: string; readonly state: string; readonly afterMs: number; readonly probes: number }
    /** Subscriptions and sessions are there again, what was left on the server is ended. */
    'dependency.resumed': { readonly tookMs: number; readonly failed?: string }
    'dependency.probe_failed': { readonly kind: string; readonly why: string }
    /** An operator holds it off or read-only; or no more. */
    'dependency.held': { readonly mode: 'off' | 'readonly'; readonly by: string; readonly why: string }
    /** Reads come from another source: a replica, 'copy' for the last good answers, or the first again. */
    'dependency.reads_moved': { readonly from: string; readonly to: string; readonly why: string }
    'dependency.let_go': { readonly by: string }
  }
}

export {}
