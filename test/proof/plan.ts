// What happens in one batch of the proof, all of it from its seed: how each provider meets each order, who clicks when and how often, at
// which step of which order the app is killed, and what is broken for everybody meanwhile.
import type { Mode } from '../../examples/marketplace/payments/switchboard.ts'

/** Where a kill -9 strikes: before and after each thing that leaves a trace outside the process. */
export const STEPS = [
  'before-written',
  'written',
  'sending',
  'answered',
  'before-outcome',
  'outcome-written',
  'looking',
  'looked',
] as const
export type Step = (typeof STEPS)[number]

export interface Click {
  readonly machine: 0 | 1
  readonly atMs: number
}
export interface Order {
  readonly n: number
  /** Unique in its batch: the simulators know the order by it. */
  readonly amount: number
  readonly atA: readonly Mode[]
  readonly atB: readonly Mode[]
  readonly clicks: readonly Click[]
  readonly kill?: Step
  /** Whose click was killed clicks again at the next life; else nobody asks any more. */
  readonly clicksAgain: boolean
}
export interface Stall {
  readonly who: 'machine 0' | 'machine 1' | 'stripe' | 'braintree'
  readonly atMs: number
  readonly forMs: number
}
export interface Plan {
  readonly seed: number
  readonly orders: readonly Order[]
  readonly first: 'stripe' | 'braintree'
  /** A provider that ignores keys: doubles can't be kept away, and must be alarmed. */
  readonly brokenKeys: boolean
  readonly prunes: boolean
  readonly webhooks: boolean
  /** Somebody stands still (SIGSTOP), as on a machine that is paused, swaps or has no processor to give. */
  readonly stalls: readonly Stall[]
  /** For everybody, in the middle of the batch. */
  readonly outage?: { readonly at: 'stripe' | 'braintree'; readonly mode: Mode; readonly fromMs: number; readonly forMs: number }
}

const FAULTS: readonly Mode[] = [
  'refuse',
  'reset',
  'hang',
  'decline',
  'unavailable',
  'error',
  'charge-then-error',
  'charge-then-hang',
  'charge-then-reset',
  'slow',
  'slow-then-charge',
  'late-answer',
]
const OUTAGES: readonly Mode[] = ['down', 'hang', 'charge-then-hang', 'charge-then-reset', 'refuse']
const SPREAD_MS = 1_500

/** mulberry32: the same numbers for the same seed, everywhere. */
export function chance(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = a
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function planOf(seed: number, runs: number, longestStallMs: number): Plan {
  const random = chance(seed)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!
  const faults = (share: number): readonly Mode[] =>
    random() < share ? Array.from({ length: 1 + Math.floor(random() * 3) }, () => (random() < 0.2 ? 'ok' : pick(FAULTS))) : []
  const orders = Array.from({ length: runs }, (_, n): Order => {
    const clicks: Click[] = [{ machine: random() < 0.5 ? 0 : 1, atMs: Math.floor(random() * SPREAD_MS) }]
    // A double click, or the same from another machine.
    if (random() < 0.3)
      clicks.push({
        machine: random() < 0.5 ? clicks[0]!.machine : clicks[0]!.machine === 0 ? 1 : 0,
        atMs: clicks[0]!.atMs + Math.floor(random() * 200),
      })
    if (random() < 0.1)
      clicks.push({ machine: random() < 0.5 ? 0 : 1, atMs: clicks[0]!.atMs + 1_000 + Math.floor(random() * 1_500) })
    const kill = random() < 0.06 ? { kill: pick(STEPS) } : {}
    return { n, amount: 10_000 + n, atA: faults(0.6), atB: faults(0.5), clicks, ...kill, clicksAgain: random() < 0.5 }
  })
  const outage =
    random() < 0.5
      ? {
          outage: {
            at: pick(['stripe', 'braintree'] as const),
            mode: pick(OUTAGES),
            fromMs: Math.floor(random() * SPREAD_MS),
            forMs: 200 + Math.floor(random() * 600),
          },
        }
      : {}
  const rest = {
    first: random() < 0.6 ? ('stripe' as const) : ('braintree' as const),
    brokenKeys: random() < 0.1,
    prunes: random() < 0.2,
    webhooks: random() < 0.4,
  }
  const stalls = Array.from(
    { length: Math.floor(random() * 3) },
    (): Stall => ({
      who: pick(['machine 0', 'machine 1', 'stripe', 'braintree'] as const),
      atMs: Math.floor(random() * SPREAD_MS * 1.5),
      forMs: Math.floor((0.2 + 0.8 * random()) * longestStallMs),
    }),
  )
  return {
    seed,
    orders,
    ...rest,
    stalls,
    ...outage,
  }
}
