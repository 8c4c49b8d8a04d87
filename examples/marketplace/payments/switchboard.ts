// How a payment simulator is broken on purpose: for every request, for the next few, or for those of one amount, each in its turn.

export const MODES = [
  'ok',
  'down', // nobody listens
  'refuse', // turned away at the door: nothing is done
  'reset', // the connection is cut before anything is done
  'hang', // nothing is done, and never answered
  'decline', // the card is refused
  'unavailable', // the bank can't be reached: definitely not done, and not the customer's fault
  'error', // an error half-way: nothing charged; where keys are known it is saved and said again
  'charge-then-error', // charged, and an error all the same, saved and said again
  'charge-then-hang',
  'charge-then-reset',
  'slow', // answers late, in time
  'slow-then-charge', // charges long after the caller has stopped waiting
  'late-answer', // charges at once, answers too late
] as const
export type Mode = (typeof MODES)[number]

export interface Switched {
  readonly mode: Mode
  readonly ms: number
}

export interface Switchboard {
  /** What the next request is to meet. */
  take(amount: number): Switched
  /** `amount`: only requests of it, one mode each in this order. `times`: the next so many; else until it is set again. */
  set(modes: readonly Mode[], more?: { readonly amount?: number; readonly times?: number; readonly ms?: number }): void
  now(): Mode
  clear(): void
}

const SLOW_MS = 1_000

export function switchboard(): Switchboard {
  let base: Switched = { mode: 'ok', ms: SLOW_MS }
  let times = Number.POSITIVE_INFINITY
  const byAmount = new Map<number, Switched[]>()
  return Object.freeze({
    take(amount: number) {
      const own = byAmount.get(amount)?.shift()
      if (own !== undefined) return own
      const taken = base
      if (--times <= 0) base = { mode: 'ok', ms: SLOW_MS }
      return taken
    },
    set(modes, { amount, times: most = Number.POSITIVE_INFINITY, ms = SLOW_MS } = {}) {
      if (amount !== undefined)
        byAmount.set(
          amount,
          modes.map(mode => ({ mode, ms })),
        )
      else {
        base = { mode: modes[0] ?? 'ok', ms }
        times = most
      }
    },
    now: () => base.mode,
    clear() {
      base = { mode: 'ok', ms: SLOW_MS }
      times = Number.POSITIVE_INFINITY
      byAmount.clear()
    },
  } satisfies Switchboard)
}
