// Undoing what was done once too often: a void or refund at the provider that holds it. What can't be undone stays offered, and alarmed.
import type { Json } from '../core/index.ts'
import { sameThing } from './changes.ts'
import { change, type Engine } from './engine.ts'
import type { Intent, Twice } from './intent.ts'
import { providerKey } from './key.ts'
import { send } from './send.ts'

/** Undoes all that is not undone yet. `provider`: only there. */
export async function undoTwice(e: Engine, intent: Intent, provider?: string): Promise<Intent> {
  let latest = intent
  for (const one of intent.twice) {
    if (one.undone === 'done' || (provider !== undefined && one.provider !== provider)) continue
    const undone = await undo(e, intent, one)
    const kept = await change(e, intent.key, now => ({
      ...now,
      twice: now.twice.map(other => (sameOne(other, one) ? { ...other, undone } : other)),
    }))
    latest = kept?.intent ?? latest
    const providers = [latest.owner ?? '', one.provider]
    const level = undone === 'done' ? 'info' : 'alarm'
    e.events.emit('failover.done_twice', e.path, { key: intent.key, operation: intent.operation, providers, undone }, { level })
  }
  return latest
}

async function undo(e: Engine, intent: Intent, one: Twice): Promise<Twice['undone']> {
  const provider = e.providers.get(one.provider)
  if (provider?.undo === undefined) return 'failed'
  const sent = await send(e, {
    provider,
    key: providerKey(e.name, `undo ${intent.key} ${idOf(one.value)}`, one.provider, provider.card.keyMaxLength),
    operation: 'undo',
    attempt: 1,
    withinMs: e.numbers.attemptMs,
    since: e.ledger.wall(),
    priority: 'background',
    judge: provider.judge,
    work: call => provider.undo!(one.value, call),
  })
  return sent.outcome === 'ok' ? 'done' : 'failed'
}

const sameOne = (a: Twice, b: Twice) => a.provider === b.provider && sameThing(a.value, b.value)
const idOf = (value: Json) => String((value as { readonly id?: Json } | null)?.id ?? '')
