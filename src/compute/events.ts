// What a compute tells of its tasks.
declare module '../core/events.ts' {
  interface EventMap {
    /** The task ran into its time: its thread was ended, and so was the work. */
    'compute.timed_out': { readonly afterMs: number; readonly endedMs: number }
    /** Its caller gave up: its thread was ended too. */
    'compute.aborted': { readonly afterMs: number; readonly endedMs: number }
    'compute.failed': { readonly name: string; readonly message: string }
    /** The main thread stood still; `stack`: where, innermost first. Told when it runs again. */
    'compute.blocked': { readonly forMs: number; readonly stack: readonly string[] }
    'compute.rejected': { readonly code: string; readonly waiting: number }
  }
}

export {}
