// A look-up: what a provider knows of a key, made a change of the intent. Used to prove what is unknown, and once more after the decision.
import type { Priority } from '../policy/index.ts'
import { came, declined, doneTwice, provedNotDone, sameThing, succeeded } from './changes.ts'
import { asJson, type Engine } from './engine.ts'
import type { Intent } from './intent.ts'
import type { Found, Provider } from './provider.ts'
import { provesNotDone, unproved } from './rule.ts'
import { type Sent, send } from './send.ts'

interface Looked {
  readonly intent: Intent
  readonly sent?: Sent<Found<unknown>>
}

/** Asks the provider what it knows of the key. Nothing found proves something only when all tries have ended and settled. */
export async function look(
  e: Engine,
  provider: Provider<never, unknown>,
  intent: Intent,
  withinMs: number,
  run: { readonly priority: Priority; readonly of?: { readonly value: unknown } },
): Promise<Looked> {
  const tries = intent.attempts.filter(one => one.provider === provider.name && one.state !== 'not_sent')
  const { key, at } = tries[0]!
  const began = e.ledger.wall()
  const sent = await send<Found<unknown>>(e, {
    provider,
    key,
    operation: intent.operation,
    attempt: tries.length,
    ...(run.of === undefined ? {} : { of: run.of }),
    withinMs,
    since: at,
    priority: run.priority,
    judge: answer => ('error' in answer ? provider.judge(answer) : { ran: 'yes', blame: 'none' }),
    work: call => provider.lookup!(key, call),
  })
  const found = sent.outcome === 'ok' ? sent.value : 'unknown'
  const now = e.ledger.wall()
  if (found === 'unknown' || found === undefined) return { intent, sent }
  if (found === 'not_found') {
    const proved = unproved(intent) === provider.name && provesNotDone(intent, provider.name, e.promises(provider.name)!, began)
    return { intent: proved ? provedNotDone(intent, provider.name, now, `${provider.name} knows nothing of it`) : intent, sent }
  }
  const { outcome, says } = read(provider, found.value)
  if (outcome === 'declined') {
    const place = intent.attempts.findIndex(
      one => one.provider === provider.name && (one.state === 'sent' || one.state === 'unknown'),
    )
    if (place < 0 || intent.state === 'ok') return { intent, sent }
    const known = came(intent, place, { outcome: 'declined', says }, now)
    const all = {
      ...known,
      attempts: known.attempts.map(one =>
        one.provider === provider.name && (one.state === 'sent' || one.state === 'unknown')
          ? { ...one, state: 'declined' as const }
          : one,
      ),
    }
    return {
      intent: declined(
        all,
        declineOf(provider.name, { outcome, value: found.value, ...(says === undefined ? {} : { says }) }),
        now,
      ),
      sent,
    }
  }
  if (outcome !== 'ok') return { intent, sent }
  return { intent: foundDone(e, provider, intent, found), sent }
}

/** All that was done there: one of them is the intent's own, any other is once too often. */
export function foundDone(
  e: Engine,
  provider: Provider<never, unknown>,
  intent: Intent,
  found: Exclude<Found<unknown>, string>,
): Intent {
  const now = e.ledger.wall()
  const all = [found.value, ...(found.others ?? [])].filter(one => read(provider, one).outcome === 'ok').map(asJson)
  if (all.length === 0) return intent
  const own = intent.owner === provider.name ? all.find(one => sameThing(one, intent.value)) : undefined
  const first = own ?? all[0]!
  let seen = succeeded(intent, provider.name, first, now)
  for (const other of all) if (!sameThing(other, first)) seen = doneTwice(seen, provider.name, other, now)
  return seen
}

function read(provider: Provider<never, unknown>, value: unknown): { outcome: Sent<unknown>['outcome']; says?: string } {
  try {
    const { ran, blame } = provider.judge({ value })
    const says = (value as { says?: unknown } | null)?.says
    const outcome = ran === 'yes' ? 'ok' : ran === 'no' && blame === 'caller' ? 'declined' : 'unknown'
    return { outcome, ...(typeof says === 'string' ? { says } : {}) }
  } catch {
    return { outcome: 'unknown' }
  }
}

export function declineOf(provider: string, sent: Sent<unknown>): NonNullable<Intent['decline']> {
  const told = (sent.error ?? sent.value) as { says?: unknown; decline_code?: unknown; code?: unknown } | null | undefined
  const code = told?.decline_code ?? told?.code
  const says = sent.says ?? (typeof told?.says === 'string' ? told.says : 'no reason told')
  return { provider, says, ...(typeof code === 'string' ? { code } : {}) }
}
