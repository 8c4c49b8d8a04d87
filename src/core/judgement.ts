// Judgement: what a call came to. One reading of an answer serves retry, breaker, failover and money.

export interface Judgement {
  /** Did the work run? `maybe` is not failed: a payment depends on the difference. */
  readonly ran: 'yes' | 'no' | 'maybe'
  /** `them`: the dependency. `caller`: a wrong or cancelled request. `us`: our own refusal. */
  readonly blame: 'none' | 'them' | 'caller' | 'us'
  readonly retryAfterMs?: number
}
export type Judge = (answer: { readonly error: unknown } | { readonly value: unknown }) => Judgement

/** What a call came to, for people and money: `ok`, the provider's no, surely not done, or not known. */
export type Outcome = 'ok' | 'declined' | 'not_sent' | 'unknown'

export function outcomeOf(j: Judgement): Outcome {
  if (j.ran === 'yes') return 'ok'
  if (j.ran === 'maybe') return 'unknown'
  return j.blame === 'caller' ? 'declined' : 'not_sent'
}
