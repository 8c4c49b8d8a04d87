// dependency(): an adapter under the guard, with its health. A call that is let in goes through deadline, retry, breaker, limit and timeout
// to the driver; what all calls come to, and the adapter's own probe, decide what the dependency is; when it is down its connections end.
import {
  type Clock,
  ConfigError,
  createEvents,
  type Duration,
  durationMs,
  type Events,
  type Json,
  type Judge,
  type Need,
  systemClock,
  type Who,
  withoutPatterns,
} from '../core/index.ts'
import {
  type Breaker,
  type BreakerOptions,
  breaker,
  type Guard,
  guard,
  type Limit,
  type LimitOptions,
  limit,
  type RetryOptions,
} from '../policy/index.ts'
import type { Adapter, Dependency, Heal } from './adapter.ts'
import { mustBeAdapter } from './given.ts'
import { healthOf } from './health.ts'
import { latency } from './latency.ts'
import { lifted } from './lifted.ts'
import { messageOf } from './prober.ts'
import { earliestBackIn } from './reading.ts'
import { FIGURES } from './rule.ts'
import { guardSettings, windowFor } from './settings.ts'
import { silence } from './silence.ts'
import { waitingReads } from './waiting-reads.ts'

export interface DependencyOptions {
  /** In errors, events and paths. Default: the adapter's kind. */
  readonly name?: string
  /** Of the part: 'shop/db'. Default: the name. */
  readonly path?: string
  readonly clock?: Clock
  readonly events?: Events
  /** Of a whole call, retries included. Default 10 s. */
  readonly deadline?: Duration
  /** Of one attempt. Default: what the adapter asks for (PostgreSQL: its statement timeout and half a second), else what is left. */
  readonly timeout?: Duration
  /** A call that runs longer is slow. Default: 4/11 of an attempt: 2 s for PostgreSQL's 5.5 s. */
  readonly slow?: Duration
  readonly retry?: RetryOptions | false
  /** Its window, by default: two attempts, at least 10 s and at most 60 s. */
  readonly breaker?: Omit<BreakerOptions, 'probes' | 'slow'>
  /** How many run and wait at once. Default: the adapter's size, and ten times as many waiting. */
  readonly limit?: LimitOptions | false
  /**
   * While it is down, so many safe reads (and other calls that are declared idempotent) wait for its return within their own deadline
   * instead of being refused; one whose deadline is nearer than the earliest return is refused at once. Default 0: none waits.
   */
  readonly waitingReads?: number
}

const DEADLINE_MS = 10_000
const USUAL_ATTEMPT_MS = 5_000
const QUEUE = 10
const timeoutsOf = (one: Guard) => (one.snapshot() as { counts: { timeouts: number } }).counts.timeouts
const SLOW_SHARE = 4 / 11 // 2 s of PostgreSQL's 5.5

export function dependency<F extends object>(adapter: Adapter<F>, options: DependencyOptions = {}): Dependency<F> {
  mustBeAdapter(adapter)
  const { name = adapter.kind, clock = systemClock, events = createEvents({ clock: options.clock ?? systemClock }) } = options
  const path = options.path ?? name
  const read = (value: Duration | undefined, at: string, otherwise: number): number => {
    const ms = value === undefined ? otherwise : durationMs(value)
    if (ms === undefined || ms <= 0) throw new ConfigError(name, [{ at, says: "must be a duration above 0, such as '5s'" }])
    return ms
  }
  const deadlineMs = read(options.deadline, 'deadline', DEADLINE_MS)
  const attemptMs = read(options.timeout, 'timeout', Math.min(adapter.attemptMs ?? USUAL_ATTEMPT_MS, deadlineMs))
  const slowMs = read(options.slow, 'slow', Math.round(Math.min(attemptMs, deadlineMs) * SLOW_SHARE))
  const mostWaiting = options.waitingReads ?? 0
  if (!Number.isInteger(mostWaiting) || mostWaiting < 0)
    throw new ConfigError(name, [{ at: 'waitingReads', says: 'must be a whole number, 0 or more' }])
  const size = options.limit === false ? undefined : (options.limit?.max ?? adapter.size)

  const judge: Judge = answer => {
    const judgement = adapter.judge(answer)
    if (judgement.blame === 'none') health.served()
    return judgement
  }
  const common = { name, key: name, clock, events }
  const lately = latency(clock)
  const gate: Breaker = breaker({
    ...common,
    calls: size === undefined ? 10 : Math.max(3, Math.min(10, size)),
    open: FIGURES.downMs * FIGURES.passes,
    ramp: FIGURES.rampMs,
    window: windowFor(attemptMs),
    ...options.breaker,
    slow: slowMs,
    probes: 'outside',
  })
  const places: Limit | undefined =
    size === undefined ? undefined : limit({ ...common, queue: size * QUEUE, ...(options.limit || {}), max: size })
  const guarded = {
    ...common,
    judge,
    deadline: deadlineMs,
    timeout: attemptMs,
    breaker: gate,
    took: lately.took,
    ambient: adapter.plain !== true,
  }
  const full = guard({ ...guarded, retry: options.retry ?? {}, limit: places ?? false })
  // On what is checked out already: its place was taken when it was; a retry would be of half a transaction.
  const held = guard({ ...guarded, retry: false, limit: false })
  // Around several calls of the app's, each of which is guarded by itself.
  const around = guard({
    ...common,
    judge: adapter.judge,
    deadline: deadlineMs,
    timeout: false,
    retry: options.retry ?? {},
    breaker: false,
    limit: false,
  })

  const silent = silence(() => timeoutsOf(full) + timeoutsOf(held))
  // The control arm of a drill: it is watched, and nobody is kept away from it.
  const ungated = withoutPatterns().has('breaker')
  const health = healthOf({
    name,
    path,
    adapter: ungated ? { ...adapter, drop: async () => 0, admit: () => {} } : adapter,
    clock,
    events,
    slowMs,
    late: heard => ({
      late: adapter.late?.(slowMs) ?? 0,
      slots: size ?? Number.POSITIVE_INFINITY,
      silent: silent(heard),
    }),
    gate: {
      shut: (why, because) => (ungated ? undefined : gate.trip(why, because === undefined ? {} : { because })),
      open: because => gate.restore({ why: 'it is well again', ...(because === undefined ? {} : { because }) }),
      share: share => {
        if (size !== undefined) places?.resize(Math.max(1, Math.round(size * share)))
      },
    },
  })
  gate.watch(({ to, why }) => {
    if (to === 'open') health.see({ is: 'opened', why })
  })
  const waits =
    mostWaiting === 0
      ? undefined
      : waitingReads({
          name,
          run: full.run,
          outlook: () => ({
            down: health.need.reading().usable === 'none',
            backInMs: earliestBackIn(health.state(), health.operator(), clock.now()),
            share: health.share(),
          }),
          watch: fn => health.need.watch(fn),
          most: mostWaiting,
          size: size ?? QUEUE,
          deadlineMs,
          clock,
        })
  const facade = adapter.facade(waits?.run ?? full.run, {
    name,
    runHeld: held.run,
    doubt: () => health.see({ is: 'doubted' }),
    ended: health.stop,
    lasts: health.start,
  })
  const hold = (mode: 'off' | 'readonly', who: Who) => {
    health.hold(mode, who)
    return snapshot()
  }
  const snapshot = (): Json => {
    const { state, usable, since, causes, backAt } = health.need.reading()
    return {
      driver: adapter.kind,
      state,
      usable,
      since,
      causes: causes.map(({ code, says, since, by }) => ({ code, says, since, ...(by === undefined ? {} : { by }) })),
      share: Number(health.share().toFixed(2)),
      breaker: gate.state(name),
      running: places?.running(name) ?? null,
      waiting: places?.waiting(name) ?? null,
      size: size ?? null,
      ...(waits === undefined ? {} : { waitingReads: waits.waiting() }),
      connections: adapter.counts?.() ?? null,
      latency: lately.read(),
      ...(backAt === undefined ? {} : { backAt }),
    }
  }
  const inspect = adapter.inspect?.bind(adapter)
  const mend = adapter.mend?.bind(adapter)
  const heal: Heal = Object.freeze({
    ...health.need,
    ...{ run: around.run, wrap: around.wrap },
    judge: adapter.judge,
    name,
    path,
    kind: 'dependency',
    readable: lifted(health.need, 'read', 'full'),
    writable: lifted(health.need, 'read', 'none'),
    snapshot,
    settings: () => [
      ...guardSettings({
        deadlineMs,
        attemptMs,
        slowMs,
        windowMs: windowFor(attemptMs),
        retry: options.retry,
        breaker: options.breaker,
      }),
      ...adapter.settings(),
    ],
    verbs: {
      off: async (_, who) => hold('off', who),
      readonly: async (_, who) => hold('readonly', who),
      on: async (_, who) => {
        health.letGo(who.by)
        return snapshot()
      },
      probe: async args => {
        if ((args as { doubted?: unknown } | null)?.doubted === true) health.see({ is: 'late' }) // a sibling's hint
        const found = await health.ask(call => adapter.probe(call)).catch(messageOf)
        health.see(found === 'up' || found === 'readonly' ? { is: 'probed', found } : { is: 'missed', why: found })
        return { ...(snapshot() as object), found }
      },
      ...(mend === undefined ? {} : { mend: async () => mend({ attemptMs, deadlineMs }) }),
      ...(inspect === undefined ? {} : { inspect: () => health.ask(inspect) }),
    },
    readOnlyWhile(need: Need) {
      const look = () => adapter.readOnly?.(need.reading().usable !== 'full')
      look()
      return need.watch(look)
    },
    [Symbol.dispose]: () => health.stop(),
  } satisfies Heal)
  return Object.defineProperty(facade, 'heal', { value: heal }) as Dependency<F>
}
