// The names this room tells.
declare module '../core/events.ts' {
  interface EventMap {
    /** The first reading of the engine. */
    'fleet.joined': { readonly fleet: string; readonly node: string; readonly engine: string; readonly machines: number }
    /** The engine does not answer: everything stays as it was last read. */
    'fleet.blind': { readonly engine: string; readonly why: string; readonly misses: number }
    'fleet.sighted': { readonly forMs: number; readonly machines: number }
    'fleet.left': { readonly fleet: string; readonly node: string }
    /** More than half of the machines are sick or lost: no machine restarts because it wants to. */
    'fleet.sick': { readonly alive: number; readonly sick: number; readonly lost: number }
    'fleet.well': { readonly alive: number; readonly forMs: number }
    'fleet.permit_granted': {
      readonly what: string
      readonly token: number
      readonly waitedMs: number
      readonly held: number
      readonly most: number
    }
    /** Without the engine: it restarts at a time drawn by chance, wide enough that others hardly do at the same. */
    'fleet.permit_by_chance': { readonly what: string; readonly waitedMs: number; readonly windowMs: number }
    /** It ran out under its holder: someone else may restart now. */
    'fleet.permit_lost': { readonly what: string; readonly token: number }
    'fleet.lease_taken': { readonly name: string; readonly token: number }
    'fleet.lease_lost': { readonly name: string; readonly token: number; readonly why: string }
    /** Its work did not stop by the lease's end: only its token keeps it from doing harm. */
    'fleet.overstayed': { readonly name: string; readonly token: number; readonly forMs: number }
    'fleet.forced': {
      readonly target: string
      readonly verb: string
      readonly by: string
      readonly why: string
      readonly until?: number
    }
    'fleet.force_ended': { readonly target: string }
    /** What all machines were told to do could not be done on this one. */
    'fleet.force_failed': { readonly target: string; readonly verb: string; readonly message: string }
    'fleet.decided': {
      readonly name: string
      readonly choice: string
      readonly epoch: number
      readonly by: string
      readonly why: string
    }
    'fleet.build_judged': { readonly build: string; readonly bad: boolean; readonly by: string; readonly why: string }
    /** Enough machines find it broken: it is looked at more closely here. */
    'fleet.hint_agreed': { readonly hint: string; readonly machines: number; readonly alive: number }
    'fleet.hint_over': { readonly hint: string }
    /** A listener of the app's threw. */
    'fleet.listener_failed': { readonly message: string }
  }
}

export {}
