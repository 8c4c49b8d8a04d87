// The adapter for pg: `postgres(pool)`, `postgresClient(() => client)`. Joins the files of this folder; pg itself is the app's, and is not imported.
import type { Setting } from '../../core/index.ts'
import type { Call } from '../../policy/index.ts'
import type { Adapter, Around, FacadeMore } from '../adapter.ts'
import { droppedError } from '../errors.ts'
import { flights } from '../flights.ts'
import { connectionsOf } from './connections.ts'
import { type ClientLike, configOf, type PgClient, type PgPool, type PoolLike } from './driver.ts'
import { dropAll, endLeftovers, type Leftover } from './drop.ts'
import { poolFacade } from './facade.ts'
import { doubtOf, judgePostgres } from './judge.ts'
import { lastingClient } from './lasting.ts'
import { inStep } from './mend.ts'
import { poolOfOne } from './one.ts'
import { type Levels, levelsOf, type PostgresOptions } from './options.ts'
import { inspectPostgres, probePostgres } from './probe.ts'
import type { Querying } from './query.ts'
import { settingsOf } from './settings.ts'

const MARGIN_MS = 500

/** PostgreSQL by a `pg.Pool` of the app's. The pool stays usable as it is; what goes past the facade is closed and timed, not guarded. */
export function postgres<P extends PoolLike>(given: P, options: PostgresOptions = {}): Adapter<P> {
  const pool = given as unknown as PgPool
  return adapterOf<P>(
    pool,
    options,
    (querying, healing, run, more) => poolFacade(pool, querying, run, more, healing) as unknown as P,
  )
}

/**
 * PostgreSQL by one `pg.Client`. A function that makes it, because one that has ended can't be used again: the app holds the same object,
 * and the connection under it is made when first wanted and again when it was lost, with its settings and LISTENs. Throws ConfigError.
 */
export function postgresClient<C extends ClientLike>(make: () => C, options: PostgresOptions = {}): Adapter<C> {
  const { pool, sample } = poolOfOne(make as unknown as () => PgClient)
  let renew = () => {}
  const adapter = adapterOf<C>(pool, options, (querying, healing, _run, more) => {
    const lasting = lastingClient(querying, sample, more, healing, doubtOf(more))
    renew = lasting.renew
    return lasting.facade as unknown as C
  })
  return withoutPool(adapter, () => renew())
}

/** How many connections there are, and the levels in them, are for who makes them to say and to mend; what is kept is renewed. */
export function withoutPool<F extends object>(whole: Adapter<F>, renew: () => void): Adapter<F> {
  const { size: _, mend: __, ...adapter } = whole
  return Object.freeze({
    ...adapter,
    recycle() {
      adapter.recycle?.()
      renew()
    },
    readOnly(on: boolean) {
      adapter.readOnly?.(on)
      renew()
    },
  })
}

type FacadeOf<F> = (
  querying: Querying,
  healing: Set<() => Promise<void>>,
  run: Parameters<Adapter<object>['facade']>[0],
  more: FacadeMore,
  levels: Levels,
) => F

export function adapterOf<F extends object>(pool: PgPool, options: PostgresOptions, facadeOf: FacadeOf<F>): Adapter<F> {
  /** As they are now: doctor may mend them. */
  const levels: { -readonly [L in keyof Levels]: number } = { ...levelsOf(options, pool.options) }
  // Asked for here: the pool's own, which goes with the startup packet, must not be lower.
  askedAtStart(pool, levels)
  let doubt: (why: string) => void = () => {}
  const connections = connectionsOf(pool, levels, why => doubt(why))
  const { Client } = connections
  const config = () => configOf(pool)
  const underWay = flights()
  const { definitions = 'bounded' } = options
  const querying = { connections, flights: underWay, config, definitions }
  const healing = new Set<() => Promise<void>>()
  let name = 'postgres'
  const refusal = () => droppedError(PROBE_MS, name)
  let leftovers: readonly Leftover[] = []
  const left = (call: Call) => Math.min(call.remaining(), levels.connectMs)

  return Object.freeze({
    kind: 'postgres',
    plain: true,
    judge: judgePostgres,
    size: connections.size(),
    attemptMs: levels.statementMs + MARGIN_MS,
    facade(run, more) {
      doubt = more.doubt
      name = more.name ?? name
      return facadeOf(querying, healing, run, more, levels)
    },
    probe: (call: Call) => probePostgres(Client, config(), left(call)),
    async drop(call: Call) {
      const dropped = await dropAll(connections, config(), refusal, call.remaining())
      leftovers = [...leftovers, ...dropped.leftovers].slice(-MOST_LEFTOVERS)
      return dropped.ended
    },
    late: ms => underWay.late(ms),
    admit: share => connections.admit(share, refusal),
    recycle: () => connections.recycle(),
    readOnly: on => connections.readOnly(on),
    async resume(call: Call) {
      if (leftovers.length > 0) await endLeftovers(Client, config(), leftovers, left(call))
      leftovers = []
      for (const heal of healing) void heal()
    },
    inspect: (call: Call) => inspectPostgres(Client, config(), left(call)),
    settings: (): readonly Setting[] => settingsOf(levels, pool.options),
    mend(around: Around) {
      const before = { ...levels }
      Object.assign(levels, inStep(levels, around))
      askedAtStart(pool, levels)
      pool.options.connectionTimeoutMillis = levels.connectMs
      pool.options.keepAlive = true
      if ((pool.options.query_timeout ?? 0) >= around.attemptMs) pool.options.query_timeout = around.attemptMs - 1
      // Those that are there have the levels of their making.
      connections.recycle()
      return Object.fromEntries(Object.entries(levels).filter(([name, ms]) => before[name as keyof Levels] !== ms))
    },
    counts: () => ({
      open: connections.all.size,
      idle: pool.idleCount + connections.kept.count(),
      waiting: connections.waiting(),
      max: pool.options.max,
      healing: healing.size,
    }),
  } satisfies Adapter<F>)
}

/** What goes with the startup packet, when the app asked for it. */
function askedAtStart(pool: PgPool, levels: Levels): void {
  if (pool.options.statement_timeout) pool.options.statement_timeout = levels.statementMs
  if (pool.options.lock_timeout) pool.options.lock_timeout = levels.lockMs
  if (pool.options.idle_in_transaction_session_timeout)
    pool.options.idle_in_transaction_session_timeout = levels.idleInTransactionMs
}

const PROBE_MS = 1_000
const MOST_LEFTOVERS = 1_000
