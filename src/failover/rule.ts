// THE rule of failover: what an answer makes of an intent, and what may be done next. Pure: no clock, no IO. One sentence decides:
// another provider only when every try at this one is proved not done.
import type { Attempt, Intent } from './intent.ts'

/** What the rule must know of a provider. */
export interface Promises {
  /** 0: it knows no keys. */
  readonly keyTtlMs: number
  readonly settlesMs: number
  readonly looks: boolean
  readonly replaysErrors: boolean
  /** Nothing may go there at all: an operator took it out, or it is no longer configured. */
  readonly closed?: boolean
}

export interface Situation {
  readonly now: number
  readonly promises: (provider: string) => Promises | undefined
  /** Providers that may be given it, best first. */
  readonly order: readonly string[]
  /** In this run: tries made, how many of them again at the same provider, and look-ups. */
  readonly done: { readonly sends: number; readonly again: number; readonly looks: number }
  /** A customer waits, or the reconciler works. */
  readonly run: 'waited' | 'background'
  /** It was left to the reconciler to send, and its time is not up: it is tried until a provider takes it. */
  readonly patient?: boolean
  /** What is unknown counts as not done: mail, geocoding. Never money. */
  readonly duplicates?: 'never' | 'tolerated'
}

export type Step =
  | { readonly do: 'send' | 'again' | 'look'; readonly provider: string }
  | { readonly do: 'park'; readonly why: string }
  | { readonly do: 'end'; readonly as: 'not_done' | 'unresolved'; readonly why: string }
  | { readonly do: 'answer' }

/** In one run a customer waits for. */
const MOST_AGAIN = 3
const MOST_LOOKS = 2
/** In the background, before a look-up that can't tell is helped by another try. */
const LOOKS_FIRST = 8
/** A key is not used in the last tenth of its life, an hour at most; nor so late that its try could still settle after that. */
const KEY_MARGIN = 0.1
const KEY_MARGIN_MS = 3_600_000

export function next(intent: Intent, s: Situation): Step {
  if (intent.state === 'ok' || intent.state === 'declined') return { do: 'answer' }
  const stuck = unproved(intent)
  if (stuck === undefined) return nextProvider(intent, s)
  if (s.duplicates === 'tolerated') {
    const other = s.order.find(name => !intent.attempts.some(attempt => attempt.provider === name))
    if (other !== undefined && s.run === 'waited') return { do: 'send', provider: other }
    return { do: 'end', as: 'not_done', why: 'no provider confirmed it' }
  }
  return resolve(intent, stuck, s)
}

function nextProvider(intent: Intent, s: Situation): Step {
  if (s.run === 'background' && s.patient !== true)
    return { do: 'end', as: 'not_done', why: 'nobody waits for it any more, and every try is proved not done' }
  const tried = new Set(intent.attempts.slice(intent.attempts.length - s.done.sends).map(attempt => attempt.provider))
  const provider = s.order.find(name => !tried.has(name))
  if (provider !== undefined) return { do: 'send', provider }
  if (s.patient === true) return { do: 'park', why: 'no provider took it so far' }
  return { do: 'end', as: 'not_done', why: s.order.length === 0 ? 'no provider may be used' : 'no provider took it' }
}

/** Stays with this provider: the same key again while it is remembered, or a look-up; else parked, or for a person. */
function resolve(intent: Intent, provider: string, s: Situation): Step {
  const p = s.promises(provider)
  if (p === undefined || p.closed === true)
    return { do: 'park', why: `${provider} must not be asked: it is taken out, or not configured` }
  const again = keyLives(intent, provider, p, s.now) && intent.params !== null
  if (s.run === 'waited') {
    // Errors that are saved with the key are said again: after one answer to "again", look.
    if (again && s.done.again < (p.replaysErrors && p.looks ? 1 : MOST_AGAIN)) return { do: 'again', provider }
    if (p.looks && s.done.looks < MOST_LOOKS) return { do: 'look', provider }
    return { do: 'park', why: `${provider} has not said whether it was done` }
  }
  if (s.done.again + s.done.looks > 0) return { do: 'park', why: `${provider} still can't tell` }
  // Once asked again, it is looked up: every further try would put off the time from which "not found" is a proof.
  const askedAgain = intent.attempts.filter(attempt => attempt.provider === provider).length > 1
  const turn = askedAgain ? intent.tries >= LOOKS_FIRST && intent.tries % 2 === 1 : intent.tries % 2 === 0
  if (again && (!p.looks || turn)) return { do: 'again', provider }
  if (p.looks) return { do: 'look', provider }
  return {
    do: 'end',
    as: 'unresolved',
    why: `${provider} can't tell: it has no look-up, and its key is too old to be sent again`,
  }
}

/** The provider that some try was made at and not proved not done. */
export function unproved(intent: Intent): string | undefined {
  return intent.attempts.find(({ state }) => state === 'sent' || state === 'unknown')?.provider
}

/** The same key may still be sent to this provider. */
export function keyLives(intent: Intent, provider: string, { keyTtlMs, settlesMs }: Promises, now: number): boolean {
  const first = intent.attempts.find(attempt => attempt.provider === provider && attempt.state !== 'not_sent')
  if (keyTtlMs <= 0) return false
  return first === undefined || now < first.at + keyTtlMs - Math.min(keyTtlMs * KEY_MARGIN, KEY_MARGIN_MS) - settlesMs
}

/** What a look-up that found nothing proves: nothing before the last try has ended and settled. */
export function provesNotDone(intent: Intent, provider: string, { settlesMs }: Promises, now: number): boolean {
  const last = Math.max(...intent.attempts.filter(a => a.provider === provider).map(lastMoment))
  return now >= last + settlesMs
}

const lastMoment = ({ state, until, endedAt }: Attempt) =>
  state === 'sent' || endedAt === undefined ? until : Math.max(endedAt, until)
