// Safe reads that wait for a dependency to come back instead of being refused: each within its own deadline, a bounded number of them, and
// let go in the order of their coming, by the share that the ramp gives, never all at once. Whoever can't be answered in time is told at
// once when to come back. What is not declared idempotent does not wait: only its caller knows whether it is still wanted then.
import { type Clock, currentFrame, type Duration, durationMs, isRejected, type Undo } from '../core/index.ts'
import type { Call, How, Policy } from '../policy/index.ts'
import { droppedError } from './errors.ts'

const TICK_MS = 50
const REFUSED: ReadonlySet<unknown> = new Set(['SELFHEAL_BREAKER_OPEN', 'SELFHEAL_BREAKER_RAMPING', 'SELFHEAL_DEPENDENCY_DOWN'])

export interface Outlook {
  readonly down: boolean
  /** The earliest it can be back. undefined while down: nobody knows, an operator holds it off. */
  readonly backInMs: number | undefined
  /** Of what it can do: 0 … 1. */
  readonly share: number
}

/** May a call with so much time left wait, beside `waiting` others? Pure. */
export function mayWait({ down, backInMs }: Outlook, leftMs: number, waiting: number, most: number): boolean {
  if (waiting >= most) return false
  if (!down) return leftMs > TICK_MS
  return backInMs !== undefined && leftMs > Math.max(backInMs, TICK_MS)
}

/** How many of `size` are let go at a tick. Pure. */
export const atOnce = (share: number, size: number): number => Math.max(1, Math.floor(share * size))

export interface WaitingReadsOptions {
  readonly name: string
  readonly run: Policy['run']
  readonly outlook: () => Outlook
  /** Told when the outlook is another. */
  readonly watch: (fn: () => void) => Undo
  readonly most: number
  readonly size: number
  readonly deadlineMs: number
  readonly clock: Clock
  readonly random?: () => number
}

interface Waiter {
  readonly place: number
  readonly at: number
  go(): void
  refuse(error: Error): void
}

export function waitingReads(options: WaitingReadsOptions): { readonly run: Policy['run']; waiting(): number } {
  const { name, run, outlook, most, size, deadlineMs, clock, random = Math.random } = options
  const queue: Waiter[] = []
  let waiting = 0
  let places = 0
  let timer: Undo | undefined
  let unwatch: Undo | undefined

  const arm = (ms: number) => {
    timer?.()
    // Keeps the process alive: a caller waits for it.
    timer = clock.after(ms, look)
  }
  const soon = () => arm(TICK_MS * (0.5 + random()))
  const look = () => {
    timer = undefined
    const now = outlook()
    if (!now.down) for (const waiter of queue.splice(0, atOnce(now.share, size))) waiter.go()
    else
      for (const waiter of [...queue])
        if (!mayWait(now, waiter.at - clock.now(), 0, 1)) {
          queue.splice(queue.indexOf(waiter), 1)
          waiter.refuse(droppedError(Math.max(0, now.backInMs ?? deadlineMs), name))
        }
    if (queue.length === 0) {
      unwatch?.()
      unwatch = undefined
    } else if (!now.down) soon()
    else arm(Math.max(TICK_MS, now.backInMs ?? 0))
  }
  const turn = (place: number, at: number, signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const settle = (error?: Error) => {
        signal?.removeEventListener('abort', gone)
        error === undefined ? resolve() : reject(error)
      }
      const waiter: Waiter = { place, at, go: () => settle(), refuse: settle }
      // It has its turn now: the guard answers it as given up.
      const gone = () => {
        const index = queue.indexOf(waiter)
        if (index >= 0) queue.splice(index, 1)
        settle()
      }
      const behind = queue.findIndex(other => other.place > place)
      queue.splice(behind < 0 ? queue.length : behind, 0, waiter)
      signal?.addEventListener('abort', gone, { once: true })
      unwatch ??= options.watch(soon)
      if (timer === undefined) soon()
    })
  const waits = async <T>(work: (call: Call) => T | PromiseLike<T>, how: How, at: number, first: unknown): Promise<T> => {
    if (!mayWait(outlook(), at - clock.now(), waiting, most)) throw first
    waiting++
    const place = places++
    try {
      for (let refused = first; ; ) {
        if (!mayWait(outlook(), at - clock.now(), 0, 1)) throw refused
        await turn(place, at, how.signal)
        try {
          return await run(work, { ...how, deadline: Math.max(1, at - clock.now()) })
        } catch (error) {
          if (!isRefusal(error)) throw error
          refused = error
        }
      }
    } finally {
      waiting--
    }
  }
  return Object.freeze({
    waiting: () => waiting,
    run: <T>(work: (call: Call) => T | PromiseLike<T>, how?: How): Promise<T> => {
      if (how?.idempotent !== true) return run(work, how)
      const ownMs = how.deadline === undefined ? deadlineMs : Math.min(deadlineMs, durationMs(how.deadline as Duration) ?? 0)
      const at = Math.min(clock.now() + ownMs, currentFrame()?.deadline ?? Number.POSITIVE_INFINITY)
      return run(work, how).catch(error => {
        if (isRefusal(error)) return waits(work, how, at, error)
        throw error
      })
    },
  })
}

const isRefusal = (error: unknown) => isRejected(error) && error.ran === 'no' && REFUSED.has(error.code)
