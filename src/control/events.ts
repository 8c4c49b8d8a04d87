// What this room tells: who used which verb and why, and who was too slow to be told everything.
declare module '../core/events.ts' {
  interface EventMap {
    /** Someone used a verb of a part. */
    'control.acted': {
      readonly path: string
      readonly verb: string
      readonly by: string
      readonly why: string
      readonly until?: number
      /** The code of the refusal or failure; absent when it was done. */
      readonly failed?: string
    }
    /** A listener to the stream of events did not read, and was let go. */
    'control.listener_dropped': { readonly missed: number }
  }
}

export {}
