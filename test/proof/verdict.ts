// What a batch came to, order by order, by the providers' own books. Pure.
import type { Charge } from '../../examples/marketplace/payments/books.ts'
import type { Intent } from '../../src/failover/index.ts'
import type { Answer } from './numbers.ts'

export interface Seen {
  readonly amount: number
  readonly answers: readonly Answer[]
  /** Clicks that reached a machine: one that was killed may have answered nobody. */
  readonly clicks: number
  readonly intent: Intent | undefined
  /** By provider. */
  readonly paid: Readonly<Record<string, readonly Charge[]>>
  readonly brokenKeys: boolean
  readonly ledger: boolean
}

export type Fault = 'double' | 'unalarmed' | 'stuck' | 'unresolved' | 'wrong' | 'lost' | 'lied'

export interface Verdict {
  readonly charges: number
  readonly alarmed: boolean
  readonly decided: boolean
  readonly faults: readonly Fault[]
}

export function verdictOf({ amount: _, answers, clicks, intent, paid, brokenKeys, ledger }: Seen): Verdict {
  const charges = Object.values(paid).reduce((sum, list) => sum + list.length, 0)
  const alarmed = (intent?.twice.length ?? 0) > 0
  const faults: Fault[] = []
  if (charges > 1 && !brokenKeys) faults.push('double')
  if (charges > 1 && !alarmed) faults.push('unalarmed')
  if (!ledger) return { charges, alarmed, decided: true, faults: charges > 1 ? ['double'] : [] }
  // Money taken, and nobody knows of it.
  if (intent === undefined && charges > 0) faults.push('lost')
  if (intent?.state === 'open' || intent?.state === 'pending') faults.push('stuck')
  if (intent?.state === 'unresolved') faults.push('unresolved')
  if (intent?.state === 'ok' && (charges === 0 || (paid[intent.owner ?? '']?.length ?? 0) === 0)) faults.push('wrong')
  if ((intent?.state === 'declined' || intent?.state === 'not_done') && charges > 0) faults.push('wrong')
  if (answers.includes('ok') && charges === 0) faults.push('lied')
  // One that ignores keys may decline a try and take another: that is an alarm, and the app is told.
  if (answers.includes('declined') && charges > 0 && !brokenKeys) faults.push('lied')
  if (answers[0] === 'not_done' && clicks === 1 && charges > 0) faults.push('lied')
  if (answers.includes('error')) faults.push('lied')
  const decided = !faults.some(one => one === 'stuck' || one === 'unresolved' || one === 'wrong' || one === 'lost')
  return { charges, alarmed, decided, faults }
}
