// What a person may ask of a part, in words, with what each needs to know. A verb that is not named here can be used all the same, with
// its arguments as JSON.

export interface VerbWords {
  readonly says: string
  /** It only asks: no reason is needed to read the answer. */
  readonly asks?: true
  /** It may be given an end. */
  readonly ends?: true
  readonly grave?: true
  readonly choose?: { readonly name: string; readonly of: 'providers' | readonly string[] }
}

const VERBS: Readonly<Record<string, VerbWords>> = {
  restart: { says: 'End this life and start the next, on the same port', grave: true },
  reload: { says: 'A new life, ready before the old one leaves; configuration read anew' },
  stop: { says: 'Stop it', grave: true },
  start: { says: 'Start what is stopped' },
  off: { says: 'Off, until it is let go', ends: true, grave: true },
  readonly: { says: 'Read-only, until it is let go', ends: true },
  on: { says: 'Let go: what its needs allow again' },
  isolate: { says: 'Refuse every call to it', ends: true, grave: true },
  force: { says: 'Force it', ends: true, grave: true },
  reset: { says: 'Let go, and count from nothing' },
  probe: { says: 'Ask it now how it is' },
  drain: { says: 'Send nothing new there; finish what is under way', ends: true, choose: { name: 'provider', of: 'providers' } },
  'take-out': { says: 'Take it out', ends: true, grave: true, choose: { name: 'provider', of: 'providers' } },
  release: { says: 'Let go of orders', choose: { name: 'provider', of: 'providers' } },
  reconcile: { says: 'Look now at what is not decided' },
  'fault-off': { says: 'End the injected fault' },
  logs: { says: 'What it said last', asks: true },
  query: { says: 'Its entries', asks: true },
  machines: { says: 'Its machines, each with its last beat', asks: true },
  list: { says: 'List', asks: true },
  inspect: { says: 'Its own account of itself', asks: true },
}

export function wordsOf(verb: string, kind: string): VerbWords {
  const words = Object.hasOwn(VERBS, verb) ? VERBS[verb]! : { says: verb }
  if (kind === 'system' && verb === 'stop') return { ...words, says: 'Stop everything, selfheal and this page too' }
  if (kind === 'system' && (verb === 'restart' || verb === 'start')) return { ...words, says: `${words.says}: every program` }
  if (verb !== 'force') return words
  if (kind === 'failover')
    return { ...words, says: 'Everything through one provider', choose: { name: 'provider', of: 'providers' } }
  return kind === 'breaker' || kind === 'guard' ? { ...words, choose: { name: 'state', of: ['open', 'closed'] } } : words
}
