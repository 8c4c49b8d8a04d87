// What is measured: the same work under each contender's policies, one call after the other. A variant is made in a process of its own, so
// that nobody's inline caches hold another's shapes.
import { breaker, guard, timeout } from '../../src/policy/index.ts'
import { library } from '../peers.ts'

type Run = () => Promise<unknown>
export interface Variant {
  readonly what: string
  readonly who: 'bare' | 'selfheal' | 'cockatiel' | 'opossum'
  /** How many calls one run makes. Default 1. */
  readonly calls?: number
  readonly make: () => Promise<Run>
}

// biome-ignore lint/suspicious/noExplicitAny: the peers are installed on first use, and their types with them
type Peer = any
const cockatiel = () => library('cockatiel') as Promise<Peer>
const opossum = async () => ((await library('opossum')) as { default: Peer }).default as Peer

const work = async () => 1
const failing = async () => {
  throw mine
}
const mine = new Error('mine')
const caught = (run: Run) => () => run().catch(() => undefined)
const full = () => guard({ name: 'db', deadline: '10s', timeout: '3s', retry: { attempts: 3 }, breaker: {}, limit: 20 })

async function cockatielFull(): Promise<
  (work: (context: { signal: AbortSignal }) => unknown, signal?: AbortSignal) => Promise<unknown>
> {
  const c = await cockatiel()
  const policy = c.wrap(
    c.retry(c.handleAll, { maxAttempts: 2, backoff: new c.ExponentialBackoff() }),
    c.circuitBreaker(c.handleAll, { halfOpenAfter: 5_000, breaker: new c.SamplingBreaker({ threshold: 0.5, duration: 10_000 }) }),
    c.bulkhead(20, 20),
    c.timeout(3_000, c.TimeoutStrategy.Aggressive),
  )
  return (fn, signal) => policy.execute(fn, signal)
}
const opossumFull = async (fn: (...a: unknown[]) => unknown, more: object = {}) =>
  new (await opossum())(fn, { timeout: 3_000, errorThresholdPercentage: 50, volumeThreshold: 10, ...more })

async function hundred(one: Run): Promise<Run> {
  return () => Promise.all(Array.from({ length: 100 }, one))
}

export const variants: Readonly<Record<string, Variant>> = {
  bare: { what: 'nothing: await work()', who: 'bare', make: async () => work },
  'full-selfheal': {
    what: 'full stack',
    who: 'selfheal',
    make: async () => {
      const g = full()
      return () => g.run(work)
    },
  },
  'full-cockatiel': {
    what: 'full stack',
    who: 'cockatiel',
    make: async () => {
      const run = await cockatielFull()
      return () => run(work)
    },
  },
  'full-opossum': {
    what: 'full stack',
    who: 'opossum',
    make: async () => {
      const b = await opossumFull(work)
      return () => b.fire()
    },
  },
  'breaker-selfheal': {
    what: 'breaker alone',
    who: 'selfheal',
    make: async () => {
      const b = breaker({ name: 'db' })
      return () => b.run(work)
    },
  },
  'breaker-cockatiel': {
    what: 'breaker alone',
    who: 'cockatiel',
    make: async () => {
      const c = await cockatiel()
      const b = c.circuitBreaker(c.handleAll, {
        halfOpenAfter: 5_000,
        breaker: new c.SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
      })
      return () => b.execute(work)
    },
  },
  'breaker-opossum': {
    what: 'breaker alone',
    who: 'opossum',
    make: async () => {
      const b = await opossumFull(work, { timeout: false })
      return () => b.fire()
    },
  },
  'rejection-selfheal': {
    what: 'rejection, breaker open',
    who: 'selfheal',
    make: async () => {
      const g = full()
      g.breaker!.trip('bench')
      g.breaker!.isolate('bench')
      return caught(() => g.run(work))
    },
  },
  'rejection-cockatiel': {
    what: 'rejection, breaker open',
    who: 'cockatiel',
    make: async () => {
      const c = await cockatiel()
      const b = c.circuitBreaker(c.handleAll, { halfOpenAfter: 1e9, breaker: new c.ConsecutiveBreaker(1) })
      b.isolate()
      return caught(() => b.execute(work))
    },
  },
  'rejection-opossum': {
    what: 'rejection, breaker open',
    who: 'opossum',
    make: async () => {
      const b = await opossumFull(work, { resetTimeout: 1e9 })
      b.open()
      return caught(() => b.fire())
    },
  },
  'timeout-selfheal': {
    what: 'timeout alone',
    who: 'selfheal',
    make: async () => {
      const t = timeout('3s')
      return () => t.run(work)
    },
  },
  'timeout-cockatiel': {
    what: 'timeout alone',
    who: 'cockatiel',
    make: async () => {
      const c = await cockatiel()
      const t = c.timeout(3_000, c.TimeoutStrategy.Aggressive)
      return () => t.execute(work)
    },
  },
  'signal-selfheal': {
    what: 'full stack, linked to the caller’s signal, which the work reads',
    who: 'selfheal',
    make: async () => {
      const g = full()
      const { signal } = new AbortController()
      return () => g.run(async call => call.signal.aborted, { signal })
    },
  },
  'signal-cockatiel': {
    what: 'full stack, linked to the caller’s signal, which the work reads',
    who: 'cockatiel',
    make: async () => {
      const run = await cockatielFull()
      const { signal } = new AbortController()
      return () => run(async (context: { signal: AbortSignal }) => context.signal.aborted, signal)
    },
  },
  'failing-selfheal': {
    what: 'full stack, the work throws',
    who: 'selfheal',
    make: async () => {
      const g = full()
      g.breaker!.force('closed', 'bench')
      return caught(() => g.run(failing))
    },
  },
  'failing-cockatiel': {
    what: 'full stack, the work throws',
    who: 'cockatiel',
    make: async () => {
      const c = await cockatiel()
      const never = c.handleWhen(() => false)
      const policy = c.wrap(
        c.retry(never, { maxAttempts: 2 }),
        c.circuitBreaker(c.handleAll, {
          halfOpenAfter: 1,
          breaker: { state: 0, success() {}, failure: () => false },
        }),
        c.bulkhead(20, 20),
        c.timeout(3_000, c.TimeoutStrategy.Aggressive),
      )
      return caught(() => policy.execute(failing))
    },
  },
  'failing-opossum': {
    what: 'full stack, the work throws',
    who: 'opossum',
    make: async () => {
      const b = await opossumFull(failing, { volumeThreshold: 1e9 })
      return caught(() => b.fire())
    },
  },
  'hundred-selfheal': {
    what: 'full stack, 100 at once',
    who: 'selfheal',
    calls: 100,
    make: async () => {
      const g = guard({ name: 'db', deadline: '10s', timeout: '3s', retry: { attempts: 3 }, breaker: {}, limit: 100 })
      return hundred(() => g.run(work))
    },
  },
  'hundred-cockatiel': {
    what: 'full stack, 100 at once',
    who: 'cockatiel',
    calls: 100,
    make: async () => {
      const c = await cockatiel()
      const policy = c.wrap(
        c.retry(c.handleAll, { maxAttempts: 2, backoff: new c.ExponentialBackoff() }),
        c.circuitBreaker(c.handleAll, {
          halfOpenAfter: 5_000,
          breaker: new c.SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
        }),
        c.bulkhead(100, 0),
        c.timeout(3_000, c.TimeoutStrategy.Aggressive),
      )
      return hundred(() => policy.execute(work))
    },
  },
  'hundred-opossum': {
    what: 'full stack, 100 at once',
    who: 'opossum',
    calls: 100,
    make: async () => {
      const b = await opossumFull(work)
      return hundred(() => b.fire())
    },
  },
}
