// deadline: the one point in time by which all that a request does must be done. Inherited through async context, it only comes nearer; over
// HTTP it travels as milliseconds left, so that no two clocks are compared.
import { type Clock, currentFrame, type Duration, durationMs, systemClock } from '../core/index.ts'
import type { Call, How } from './call.ts'
import { runGuarded } from './engine.ts'
import { newEngine } from './policy.ts'

/** Of requests: milliseconds left. */
export const DEADLINE_HEADER = 'x-deadline-ms'
/** The way there and back takes a little: what the other side gets is less by this. */
const MARGIN_MS = 10
/** Nobody means a request of days: a header that says so is ignored. */
const MOST_MS = 86_400_000

export interface Deadline {
  /** On the clock's now(). */
  readonly at: number
  remainingMs(): number
}

type Headers = { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>

const engines = new WeakMap<Clock, ReturnType<typeof newEngine>>()

function engineOf(clock: Clock) {
  let engine = engines.get(clock)
  if (engine === undefined) engines.set(clock, (engine = newEngine('deadline', { clock }, {})))
  return engine
}

export const deadline = Object.freeze({
  /** Runs `fn` with at most this much time; the promise rejects when it is over, and all that was guarded inside ends with it. */
  run<T>(
    duration: Duration,
    fn: (call: Call) => T | PromiseLike<T>,
    { clock = systemClock, ...how }: Omit<How, 'deadline'> & { readonly clock?: Clock } = {},
  ): Promise<T> {
    return runGuarded(engineOf(clock), fn, { ...how, deadline: duration }) as Promise<T>
  },

  /** The one in force here, if there is one. */
  current(clock: Clock = systemClock): Deadline | undefined {
    const at = currentFrame()?.deadline ?? Number.POSITIVE_INFINITY
    return at === Number.POSITIVE_INFINITY ? undefined : Object.freeze({ at, remainingMs: () => Math.max(0, at - clock.now()) })
  },

  /** Headers for a request that is sent: what is left, less a margin for the way. None without a deadline. */
  headers(clock: Clock = systemClock): Readonly<Record<string, string>> {
    const left = deadline.current(clock)?.remainingMs()
    return left === undefined ? {} : { [DEADLINE_HEADER]: String(Math.max(0, Math.floor(left - MARGIN_MS))) }
  },

  /** Milliseconds that the sender of these headers still waits; undefined when it does not say, or says nonsense. */
  fromHeaders(headers: Headers): number | undefined {
    const get = (headers as { get?: unknown }).get
    const found =
      typeof get === 'function'
        ? (get.call(headers, DEADLINE_HEADER) as unknown)
        : (headers as Record<string, unknown>)[DEADLINE_HEADER]
    const said = Array.isArray(found) ? found[0] : found
    const ms = typeof said === 'string' && /^\d{1,9}$/.test(said.trim()) ? durationMs(Number(said)) : undefined
    return ms === undefined || ms > MOST_MS ? undefined : ms
  },
})
