// The names this room tells. Money that is unknown, late or doubled is never silent.
interface IntentFacts {
  readonly key: string
  readonly operation: string
}

declare module '../core/events.ts' {
  interface EventMap {
    /** Another provider takes new intents from here. */
    'failover.switched': { readonly from: string; readonly to: string; readonly why: string; readonly stayMs?: number }
    /** The first provider is well and takes its traffic back by a ramp: what the time without it came to. */
    'failover.returned': {
      readonly provider: string
      readonly forMs: number
      readonly calls: number
      readonly parked: number
      readonly cost?: number
    }
    /** One intent went on to another provider, which is sure to be the only one. */
    'failover.passed_on': IntentFacts & { readonly from: string; readonly to: string; readonly why: string }
    /** It may have been done: answered as pending, and looked at until it is known. */
    'failover.parked': IntentFacts & { readonly provider: string; readonly why: string }
    'failover.decided': IntentFacts & {
      readonly as: 'ok' | 'declined' | 'not_done'
      readonly provider?: string
      readonly afterMs: number
      readonly tries: number
    }
    /** A person must look: neither the key nor a look-up can tell. */
    'failover.unresolved': IntentFacts & { readonly provider?: string; readonly why: string }
    /** Done at two providers, or twice at one. */
    'failover.done_twice': IntentFacts & { readonly providers: readonly string[]; readonly undone: 'offered' | 'done' | 'failed' }
    /** Decided, and its providers could not be looked up once more: whether it is there twice is not known. */
    'failover.unaudited': IntentFacts & { readonly providers: readonly string[]; readonly tries: number }
    /** It was decided as not done, and turned out to be done after all. */
    'failover.late_success': IntentFacts & { readonly provider: string; readonly before: string }
    /** A provider has not proved that it works for `forMs`: a backup that is not used rots. */
    'failover.unproven': { readonly provider: string; readonly forMs: number; readonly says?: string }
    'failover.ordered': {
      readonly order: string
      readonly provider?: string
      readonly by: string
      readonly why: string
      readonly until?: number
    }
    'failover.order_ended': { readonly order: string; readonly provider?: string; readonly why: string }
    /** What the app does on decided() failed: it is told again. */
    'failover.telling_failed': IntentFacts & { readonly message: string }
    /** The ledger can't be read or written: nothing new is sent. */
    'failover.ledger_failing': { readonly code: string; readonly message: string }
    'failover.ledger_recovered': { readonly forMs: number }
  }
}

export {}
