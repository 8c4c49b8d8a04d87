// What an operator has ordered: force a provider, drain one, take one out; with who, why and until when. Kept in the ledger, so that every
// life and machine obeys it, and never cleared by recovery.
import type { Json, Who } from '../core/index.ts'

export type OrderKind = 'force' | 'drain' | 'take_out'

export interface Order {
  readonly kind: OrderKind
  readonly provider: string
  readonly by: string
  readonly why: string
  /** Wall milliseconds. */
  readonly since: number
  readonly until?: number
}

/** force: new intents begin there. drain: none begin there, what is under way is finished. take_out: nothing goes there at all. */
export function ordered(orders: readonly Order[], kind: OrderKind, provider: string, who: Who, now: number): readonly Order[] {
  const kept = orders.filter(one => (kind === 'force' ? one.kind !== 'force' : one.kind === 'force' || one.provider !== provider))
  const until = who.until === undefined ? {} : { until: who.until }
  return [...kept, { kind, provider, by: who.by, why: who.why, since: now, ...until }]
}

export function released(orders: readonly Order[], provider: string | undefined): readonly Order[] {
  return provider === undefined ? [] : orders.filter(one => one.provider !== provider)
}

export function inForce(orders: readonly Order[], now: number): readonly Order[] {
  return orders.filter(one => one.until === undefined || now < one.until)
}

export function readOrders(note: Json | undefined): readonly Order[] {
  return Array.isArray(note) ? (note as unknown as readonly Order[]) : []
}
