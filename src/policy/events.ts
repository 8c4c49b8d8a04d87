// The names this room tells. Only changes of state are events; what happens to single calls goes to diagnostics_channel (channels.ts) and
// into the counters of a policy's snapshot.
interface BreakerFacts {
  readonly key: string
  /** 'the breaker opened because …'. */
  readonly why: string
}

declare module '../core/events.ts' {
  interface EventMap {
    /** Calls, failed and slow are those of its window. */
    'breaker.opened': BreakerFacts & {
      readonly calls: number
      readonly failed: number
      readonly slow: number
      /** How long until it is probed; null: someone else probes. */
      readonly openMs: number | null
      /** Trips in a row, this one included. */
      readonly trips: number
    }
    'breaker.half_opened': BreakerFacts & { readonly afterMs: number }
    /** `afterMs`: since the state it left began. `refused`: calls that were, since it was last closed; absent where it was only held. */
    'breaker.closed': BreakerFacts & { readonly afterMs: number; readonly rampMs: number; readonly refused?: number }
    'breaker.isolated': BreakerFacts & { readonly by?: string }
    'fault.on': {
      readonly kind: 'error' | 'latency' | 'outcome' | 'behaviour'
      readonly rate: number
      readonly forMs: number
      readonly by: string
      readonly why: string
    }
    'fault.off': { readonly why: string; readonly injected: number }
    /** Work that was given up `leaseMs` ago still runs: its slot was given to others. */
    'limit.leaked': { readonly key: string; readonly leaseMs: number; readonly leaked: number }
  }
}
