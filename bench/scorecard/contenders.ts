// The contenders of the scorecard, each in its own usual words: a breaker, a limit with a timeout, a retry around something. `undefined`: it
// has no such thing.
import { breaker, guard, retry, timeout } from '../../src/policy/index.ts'
import { library } from '../peers.ts'

export type Work = (signal: AbortSignal | undefined) => Promise<unknown>
export interface Made {
  run(work: Work, signal?: AbortSignal): Promise<unknown>
  isOpen(): boolean
}
export interface Contender {
  readonly name: string
  /** Opens for `openMs` when it is failed often; an error with status 404 is the caller's. */
  breaker(openMs: number): Made
  /** At most `max` at once, so many wait, each at most `timeoutMs`. */
  stack(of: { readonly max: number; readonly queue: number; readonly timeoutMs: number }): Made | undefined
  timeout(ms: number): Made
  /** Three tries, 100 ms apart. */
  retryOver(inner: Made): Made | undefined
}

const never = () => false

export const selfheal: Contender = {
  name: 'selfheal',
  breaker(openMs) {
    const b = breaker({ name: 'db', open: openMs, jitter: 0 })
    return {
      run: (work, signal) => b.run(call => work(call.signal), signal ? { signal } : {}),
      isOpen: () => b.state() === 'open',
    }
  },
  stack({ max, queue, timeoutMs }) {
    const g = guard({ name: 'db', limit: { max, queue }, timeout: timeoutMs, retry: false })
    return {
      run: (work, signal) => g.run(call => work(call.signal), signal ? { signal } : {}),
      isOpen: () => g.breaker!.state() === 'open',
    }
  },
  timeout(ms) {
    const t = timeout(ms)
    return { run: (work, signal) => t.run(call => work(call.signal), signal ? { signal } : {}), isOpen: never }
  },
  retryOver(inner) {
    const r = retry({ name: 'r', attempts: 4, base: 100 })
    return { run: work => r.run(call => inner.run(() => work(call.signal)), { idempotent: true }), isOpen: inner.isOpen }
  },
}

// biome-ignore lint/suspicious/noExplicitAny: the peers are installed on first use, and their types with them
type Peer = any

export async function cockatiel(): Promise<Contender> {
  const c = (await library('cockatiel')) as Peer
  const mine = c.handleWhen((error: { status?: number }) => error.status !== 404)
  const made = (policy: Peer, isOpen: () => boolean): Made => ({
    run: (work, signal) => policy.execute(({ signal: own }: { signal: AbortSignal }) => work(own), signal),
    isOpen,
  })
  const broken = (openMs: number) => c.circuitBreaker(mine, { halfOpenAfter: openMs, breaker: new c.ConsecutiveBreaker(5) })
  return {
    name: 'cockatiel',
    breaker(openMs) {
      const b = broken(openMs)
      return made(b, () => b.state === c.CircuitState.Open)
    },
    stack({ max, queue, timeoutMs }) {
      const b = broken(5_000)
      return made(
        c.wrap(b, c.bulkhead(max, queue), c.timeout(timeoutMs, c.TimeoutStrategy.Aggressive)),
        () => b.state === c.CircuitState.Open,
      )
    },
    timeout: ms => made(c.timeout(ms, c.TimeoutStrategy.Aggressive), never),
    retryOver(inner) {
      const r = c.retry(c.handleAll, { maxAttempts: 3, backoff: new c.ConstantBackoff(100) })
      return { run: work => r.execute(() => inner.run(work)), isOpen: inner.isOpen }
    },
  }
}

export async function opossum(): Promise<Contender> {
  const Breaker = ((await library('opossum')) as { default: Peer }).default
  const made = (options: object): Made => {
    const abortController = new AbortController()
    const b = new Breaker((work: Work) => work(abortController.signal), {
      errorFilter: (error: { status?: number }) => error.status === 404,
      abortController,
      ...options,
    })
    return { run: work => b.fire(work), isOpen: () => b.opened }
  }
  return {
    name: 'opossum',
    breaker: openMs => made({ timeout: false, resetTimeout: openMs }),
    stack: ({ max, queue, timeoutMs }) => (queue > 0 ? undefined : made({ capacity: max, timeout: timeoutMs })),
    timeout: ms => made({ timeout: ms }),
    retryOver: () => undefined,
  }
}
