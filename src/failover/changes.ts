// What happens to an intent, as pure changes of its record. An answer that comes late may only add what is true: a success is never lost,
// whatever was decided meanwhile.
import type { Json, Outcome } from '../core/index.ts'
import type { Attempt, Intent, Twice } from './intent.ts'

export interface NewIntent {
  readonly failover: string
  readonly key: string
  readonly operation: string
  readonly params: Json
  readonly print: string
  readonly of?: string
}

export function intended(about: NewIntent, now: number): Intent {
  return { v: 1, ...about, state: 'open', attempts: [], tries: 0, owed: false, audit: false, twice: [], madeAt: now }
}

export interface Try {
  readonly provider: string
  readonly key: string
  readonly holder: string
  readonly now: number
  /** Its own end. */
  readonly until: number
  /** When the reconciler takes over if we die: later than `until`. */
  readonly heldUntil: number
}

/** Written before the first byte leaves. */
export function sending(intent: Intent, { provider, key, holder, now, until, heldUntil }: Try): Intent {
  const attempt: Attempt = { provider, key, state: 'sent', at: now, until }
  const state = intent.state === 'pending' || intent.state === 'unresolved' ? intent.state : 'open'
  const { decidedAt: _, ...rest } = intent
  return { ...rest, state, attempts: [...intent.attempts, attempt], holder, heldUntil, dueAt: heldUntil }
}

/** What came of a try. */
export interface Came {
  readonly outcome: Outcome
  readonly says?: string | undefined
  readonly resent?: true
}

/** `ok` and `declined` speak for the key, so for every try of it here; the others for this one try. */
export function came(intent: Intent, at: number, { outcome, says, resent }: Came, now: number): Intent {
  const one = intent.attempts[at]!
  const definite = outcome === 'ok' || outcome === 'declined'
  const told = { endedAt: now, ...(says === undefined ? {} : { says }), ...(resent === undefined ? {} : { resent }) }
  const attempts = intent.attempts.map((attempt, i) => {
    if (i === at && (!settled(attempt) || outcome === 'ok')) {
      const { hearsay: _, ...own } = attempt
      return { ...own, ...told, state: outcome }
    }
    const same = definite && attempt.provider === one.provider && attempt.key === one.key
    return same && !settled(attempt) ? { ...attempt, state: outcome } : attempt
  })
  return { ...intent, attempts }
}

export function provedNotDone(intent: Intent, provider: string, now: number, says: string): Intent {
  const attempts = intent.attempts.map(attempt =>
    attempt.provider === provider && !settled(attempt) ? { ...attempt, state: 'not_done' as const, endedAt: now, says } : attempt,
  )
  return { ...intent, attempts }
}

/** Done at `provider`, whoever says so: an answer, a look-up, a webhook. Said again it changes nothing; elsewhere it is twice. */
export function succeeded(intent: Intent, provider: string, value: Json, now: number): Intent {
  const attempts = intent.attempts.map(attempt =>
    attempt.provider === provider && attempt.state !== 'ok' && attempt.state !== 'not_sent'
      ? {
          ...attempt,
          state: 'ok' as const,
          endedAt: attempt.endedAt ?? now,
          ...(attempt.endedAt === undefined ? { hearsay: true as const } : {}),
        }
      : attempt,
  )
  const known = lessDoubt({ ...intent, attempts })
  // Who was told that it was not done must hear that it was.
  const owed = intent.owed || intent.state === 'not_done' || intent.state === 'declined'
  if (intent.state !== 'ok') return decided({ ...known, owner: provider, value, owed }, 'ok', now)
  const own = intent.owner === provider && (sameThing(intent.value, value) || idless(value) || idless(intent.value))
  return own ? known : doneTwice(known, provider, value, now)
}

export function doneTwice(intent: Intent, provider: string, value: Json, now: number): Intent {
  if (intent.twice.some(one => one.provider === provider && sameThing(one.value, value))) return intent
  const twice: Twice = { provider, value, undone: 'offered', at: now }
  return { ...intent, twice: [...intent.twice, twice] }
}

/** By its id where it has one: an answer and a look-up may tell the same payment in different words. */
export function sameThing(a: Json | undefined, b: Json | undefined): boolean {
  const id = (value: Json | undefined) => (value as { readonly id?: Json } | null | undefined)?.id
  return id(a) === undefined ? JSON.stringify(a) === JSON.stringify(b) : id(a) === id(b)
}

function idless(value: Json | undefined): boolean {
  return (value as { readonly id?: Json } | null | undefined)?.id === undefined
}

export function declined(intent: Intent, decline: NonNullable<Intent['decline']>, now: number): Intent {
  return decided({ ...intent, decline }, 'declined', now)
}

/** Ends the intent. What needs a second look keeps a date; parameters go, and nobody holds it. */
export function decided(intent: Intent, state: 'ok' | 'declined' | 'not_done', now: number): Intent {
  const { holder: _, heldUntil: __, dueAt: ___, ...rest } = intent
  return { ...rest, state, params: null, decidedAt: now, audit: doubtful(intent), tries: 0 }
}

/** It may be there twice: its providers are looked at once more. */
function doubtful({ attempts }: Intent): boolean {
  const made = attempts.filter(attempt => attempt.state !== 'not_sent')
  const unsure = ({ state, resent, hearsay }: Attempt) =>
    state === 'not_done' || state === 'unknown' || state === 'sent' || resent === true || hearsay === true
  return made.length > 1 || made.some(unsure)
}

/** The try's own answer came after the webhook that told of it: no second look is needed. */
function lessDoubt(intent: Intent): Intent {
  if (intent.state !== 'ok' || !intent.audit || doubtful(intent)) return intent
  const { dueAt, ...rest } = intent
  return { ...rest, audit: false, ...(intent.owed && dueAt !== undefined ? { dueAt } : {}) }
}

/** What is decided and still owed to the app, or to be looked at once more, keeps a date; what is neither keeps none. */
export function dated(intent: Intent, now: number, auditMs: number): Intent {
  if (intent.state === 'open' || intent.state === 'pending' || intent.dueAt !== undefined) return intent
  if (intent.owed) return { ...intent, dueAt: now }
  // Decided by one answer while another try of it is under way: that one has to end and settle too.
  return intent.audit ? { ...intent, dueAt: Math.max(now, ...intent.attempts.map(one => one.until)) + auditMs } : intent
}

/** Answered as pending: the app is told when it is decided. */
export function parked(intent: Intent, dueAt: number): Intent {
  const { holder: _, heldUntil: __, ...rest } = intent
  return { ...rest, state: 'pending', owed: true, dueAt }
}

/** No key and no look-up can tell: a person must look at the provider's books. */
export function unresolved(intent: Intent): Intent {
  const { holder: _, heldUntil: __, dueAt: ___, ...rest } = intent
  return { ...rest, state: 'unresolved', owed: true }
}

/** Proved not done, and asked for once more. */
export function reopened(intent: Intent, params: Json): Intent {
  const { decidedAt: _, ...rest } = intent
  return { ...rest, state: 'open', params, audit: false }
}

function settled({ state }: Attempt): boolean {
  return state !== 'sent' && state !== 'unknown'
}
