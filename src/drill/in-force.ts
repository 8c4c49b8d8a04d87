// What is broken just now, by this process: each fault with its time to live. It ends by being healed, by its time, or by the one switch that
// ends all. (The end of the process ends it too: see lease.ts and proxy/process.ts.)
import { type Clock, formatMs, SelfhealError, systemClock } from '../core/index.ts'

export interface InForce {
  readonly says: string
  readonly since: number
  readonly untilMs: number
}

/** Undoes the fault, once; resolves when it is out. */
export type Heal = () => Promise<void>

export interface Breaks {
  readonly says: string
  /** Time to live. */
  readonly forMs: number
  readonly clock?: Clock
  /** Takes it out again. Called once, however it ends. */
  readonly heal: () => void | Promise<void>
}

const MAX_MS = 10 * 60_000
const live = new Map<InForce, Heal>()

/** Notes a fault that is in, and sees to its end. Throws SelfhealError SELFHEAL_USAGE when it has no sane time to live. */
export function inForce({ says, forMs, clock = systemClock, heal }: Breaks): Heal {
  checkTimeToLive(says, forMs)
  const entry = Object.freeze({ says, since: clock.now(), untilMs: clock.now() + forMs })
  let done: Promise<void> | undefined
  const end: Heal = () =>
    (done ??= (async () => {
      undo()
      live.delete(entry)
      await heal()
    })())
  const undo = clock.after(forMs, () => void end().catch(() => {}))
  live.set(entry, end)
  return end
}

export function checkTimeToLive(says: string, forMs: number): void {
  if (Number.isFinite(forMs) && forMs > 0 && forMs <= MAX_MS) return
  throw new SelfhealError(
    'SELFHEAL_USAGE',
    `'${says}' has no time to live that could be kept: ${forMs} ms.`,
    `Every fault ends by itself: give it up to ${formatMs(MAX_MS)}.`,
  )
}

export const faultsInForce = (): readonly InForce[] => [...live.keys()]

/** The one switch: everything this process broke is whole again. Rejects with what could not be healed, after all were tried. */
export async function healAll(): Promise<void> {
  const results = await Promise.allSettled([...live.values()].map(heal => heal()))
  const failed = results.filter(one => one.status === 'rejected')
  if (failed.length > 0)
    throw new AggregateError(
      failed.map(one => one.reason as unknown),
      'some faults could not be healed',
    )
}
