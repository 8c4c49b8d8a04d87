// The contenders of the scorecard, each in its own usual words: a breaker, a limit with a timeout, a retry around something. `undefined`: it
// has no such thing.
import type { Pool } from 'pg'
import { dependency, postgres } from '../../src/dependency/index.ts'
import { breaker, deadline, guard, retry, timeout } from '../../src/policy/index.ts'
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
  /** Queries over the pool, each ended after `timeoutMs`. */
  database(pool: Pool, timeoutMs: number): Database
}
export interface Database {
  query(sql: string, signal?: AbortSignal): Promise<unknown>
  /** As a request that may take so long in all. */
  within(ms: number, sql: string): Promise<unknown>
}

const never = () => false

/** As everyone does: a timeout around the pool's query. */
function usual(contender: Pick<Contender, 'timeout'>): Contender['database'] {
  return (pool, timeoutMs) => {
    const each = contender.timeout(timeoutMs)
    const query = (sql: string, signal?: AbortSignal) => each.run(() => pool.query(sql), signal)
    return { query, within: (ms, sql) => contender.timeout(ms).run(signal => query(sql, signal)) }
  }
}

const selfheal: Contender = {
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
  database(pool, timeoutMs) {
    const db = dependency(postgres(pool), {
      timeout: timeoutMs,
      slow: '10s',
      retry: false,
      breaker: { calls: 1_000, failureRate: 1, slowRate: 1 },
    })
    return {
      query: (sql, signal) => {
        const asked = { text: sql, ...(signal === undefined ? {} : { signal }) }
        return db.query(asked)
      },
      within: (ms, sql) => deadline.run(ms, () => db.query(sql)),
    }
  },
}

// biome-ignore lint/suspicious/noExplicitAny: the peers are installed on first use, and their types with them
type Peer = any

async function cockatiel(): Promise<Contender> {
  const c = (await library('cockatiel')) as Peer
  const mine = c.handleWhen((error: { status?: number }) => error.status !== 404)
  const made = (policy: Peer, isOpen: () => boolean): Made => ({
    run: (work, signal) => policy.execute(({ signal: own }: { signal: AbortSignal }) => work(own), signal),
    isOpen,
  })
  const broken = (openMs: number) => c.circuitBreaker(mine, { halfOpenAfter: openMs, breaker: new c.ConsecutiveBreaker(5) })
  const late = (ms: number) => made(c.timeout(ms, c.TimeoutStrategy.Aggressive), never)
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
    timeout: late,
    database: usual({ timeout: late }),
    retryOver(inner) {
      const r = c.retry(c.handleAll, { maxAttempts: 3, backoff: new c.ConstantBackoff(100) })
      return { run: work => r.execute(() => inner.run(work)), isOpen: inner.isOpen }
    },
  }
}

async function opossum(): Promise<Contender> {
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
    database: usual({ timeout: ms => made({ timeout: ms }) }),
    retryOver: () => undefined,
  }
}

async function effect(): Promise<Contender> {
  const { Effect, Exit, ManagedRuntime, Option, Schedule, Scope, Semaphore, Cause } = (await library('effect')) as Peer
  const { CircuitBreaker } = (await library('effect', '/persistence')) as Peer
  const runtime = ManagedRuntime.make(CircuitBreaker.layerStoreMemory())
  const scope = runtime.runSync(Scope.make())
  let n = 0
  const done = (work: Work) => Effect.tryPromise({ try: (signal: AbortSignal) => work(signal), catch: (error: unknown) => error })
  const made = (around: (effect: Peer) => Peer, isOpen: () => boolean): Made => ({
    run: (work, signal) => runtime.runPromise(around(done(work)), signal === undefined ? {} : { signal }),
    isOpen,
  })
  const broken = (openMs: number) => {
    const key = `db-${++n}`
    const options = { tripPolicy: CircuitBreaker.consecutive(5), openDuration: openMs }
    const b = runtime.runSync(CircuitBreaker.make(options).pipe(Scope.provide(scope)))
    const mine = (exit: Peer) => {
      if (Exit.isSuccess(exit)) return CircuitBreaker.success
      return Cause.squash(exit.cause)?.status === 404 ? CircuitBreaker.ignored : CircuitBreaker.failure()
    }
    return {
      around: b.execute({ key, classify: mine }) as (effect: Peer) => Peer,
      isOpen: () => runtime.runSync(b.state(key))._tag === 'Open',
    }
  }
  const late = (ms: number) => made(effect => Effect.timeout(effect, ms), never)
  return {
    name: 'Effect',
    breaker(openMs) {
      const b = broken(openMs)
      return made(b.around, b.isOpen)
    },
    stack({ max, queue, timeoutMs }) {
      const b = broken(5_000)
      const places = Semaphore.makeUnsafe(max)
      const limited = (effect: Peer) =>
        queue > 0
          ? places.withPermits(1)(effect)
          : places
              .withPermitsIfAvailable(1)(effect)
              .pipe(Effect.flatMap(Option.match({ onNone: () => Effect.fail('full'), onSome: Effect.succeed })))
      return made(effect => b.around(limited(Effect.timeout(effect, timeoutMs))), b.isOpen)
    },
    timeout: late,
    database: usual({ timeout: late }),
    retryOver(inner) {
      const r = (effect: Peer) => Effect.retry(effect, { times: 3, schedule: Schedule.spaced(100) })
      return { run: work => runtime.runPromise(r(done(() => inner.run(work)))), isOpen: inner.isOpen }
    },
  }
}

export async function contenders(): Promise<readonly Contender[]> {
  return [selfheal, await cockatiel(), await opossum(), await effect()]
}
