// A simulator's books: every charge, for ever, in memory and (with a file) on disk, so that they outlive a crash of the simulator. They are
// what is true: the app's orders are compared with them.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'

export interface Charge {
  readonly id: string
  readonly amount: number
  readonly currency: string
  /** Of the request that made it; '' when it had none. */
  readonly key: string
  readonly at: number
  readonly state: 'paid' | 'authorized' | 'declined' | 'voided' | 'refunded'
  readonly says?: string
  readonly metadata?: Readonly<Record<string, string>>
  /** Set on a refund: the charge it gives back. */
  readonly refundOf?: string
}

export interface Books {
  /** Oldest first. */
  all(): readonly Charge[]
  find(id: string): Charge | undefined
  /** Writes a charge, or its next state. */
  put(charge: Charge): Charge
  clear(): void
}

export function books(file?: string): Books {
  const kept = new Map<string, Charge>()
  if (file !== undefined && existsSync(file))
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const charge = JSON.parse(line) as Charge
      kept.set(charge.id, charge)
    }
  return Object.freeze({
    all: () => [...kept.values()],
    find: (id: string) => kept.get(id),
    put(charge: Charge) {
      kept.set(charge.id, charge)
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(charge)}\n`)
      return charge
    },
    clear: () => kept.clear(),
  })
}
