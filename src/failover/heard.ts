// What a provider answered to a try, in time or after its end, as a change of the intent.
import { came, declined, succeeded } from './changes.ts'
import { asJson, change, type Engine } from './engine.ts'
import { type Intent, isDecided } from './intent.ts'
import { declineOf } from './look.ts'
import { unproved } from './rule.ts'
import type { Sent } from './send.ts'

/** An answer, as a change of the intent. The attempt is told by its place: records only grow. */
export function heard(e: Engine, intent: Intent, at: number, sent: Sent<unknown>): Intent {
  const now = e.ledger.wall()
  const attempt = intent.attempts[at]
  if (attempt === undefined) return intent
  const known = came(intent, at, sent, now)
  if (sent.outcome === 'ok') return succeeded(known, attempt.provider, asJson(sent.value), now)
  if (sent.outcome !== 'declined' || known.state === 'ok') return known
  if (unproved(known) !== undefined) return known
  return declined(known, declineOf(attempt.provider, sent), now)
}

/** After the cut: a success is never lost; a no may end what is pending. */
export async function lateAnswer(e: Engine, key: string, at: number, sent: Sent<unknown>): Promise<void> {
  if (sent.outcome === 'unknown') return
  try {
    await change(e, key, intent => (isDecided(intent) && sent.outcome !== 'ok' ? intent : heard(e, intent, at, sent)))
  } catch {
    // The reconciler finds it out by itself.
  }
}
