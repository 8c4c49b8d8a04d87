// What the journal tells of itself: when it can't write, the healer is blind, and someone should hear of it elsewhere.
declare module '../core/events.ts' {
  interface EventMap {
    'journal.failing': { readonly code: string; readonly message: string; readonly mend: string }
    /** It writes again. `dropped`: so many events were lost meanwhile. */
    'journal.recovered': { readonly forMs: number; readonly dropped: number }
    /** The file was damaged: moved to `file`, and a new one begun. */
    'journal.set_aside': { readonly file: string }
  }
}

export {}
