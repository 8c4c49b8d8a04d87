// The adapter for pg: `postgres(pool)`, `postgresClient(() => client)`. Joins the files of this folder; pg itself is the app's, and is not imported.
import type { Setting } from '../../core/index.ts'
import type { Call } from '../../policy/index.ts'
import type { Adapter, FacadeMore } from '../adapter.ts'
import { droppedError } from '../errors.ts'
import { flights } from '../flights.ts'
import { connectionsOf } from './connections.ts'
import { type ClientLike, configOf, type PgClient, type PgPool, type PoolLike } from './driver.ts'
import { dropAll, endLeftovers, type Leftover } from './drop.ts'
import { poolFacade } from './facade.ts'
import { judgePostgres, READ_ONLY } from './judge.ts'
import { lastingClient } from './lasting.ts'
import { poolOfOne } from './one.ts'
import { levelsOf, type PostgresOptions } from './options.ts'
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
  const { size: _, ...adapter } = adapterOf<C>(pool, options, (querying, healing, _run, more) => {
    const doubt = (error: Error & { code?: string }) => {
      if (error.code === READ_ONLY) more.doubt('a write was refused')
    }
    const lasting = lastingClient(querying, sample, more, healing, doubt)
    renew = lasting.renew
    return lasting.facade as unknown as C
  })
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
  } satisfies Adapter<C>)
}

type FacadeOf<F> = (
  querying: Querying,
  healing: Set<() => Promise<void>>,
  run: Parameters<Adapter<object>['facade']>[0],
  more: FacadeMore,
) => F

function adapterOf<F extends object>(pool: PgPool, options: PostgresOptions, facadeOf: FacadeOf<F>): Adapter<F> {
  const levels = levelsOf(options, pool.options)
  // Asked for here: the pool's own, which goes with the startup packet, must not be lower.
  if (pool.options.statement_timeout) pool.options.statement_timeout = levels.statementMs
  if (pool.options.lock_timeout) pool.options.lock_timeout = levels.lockMs
  let doubt: (why: string) => void = () => {}
  const connections = connectionsOf(pool, levels, why => doubt(why))
  const { Client } = connections
  const config = () => configOf(pool)
  const underWay = flights()
  const querying = { connections, flights: underWay, config }
  const healing = new Set<() => Promise<void>>()
  const refusal = () => droppedError(PROBE_MS)
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
      return facadeOf(querying, healing, run, more)
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
    counts: () => ({
      open: connections.all.size,
      idle: pool.idleCount + connections.kept.count(),
      waiting: connections.waiting(),
      max: pool.options.max,
      healing: healing.size,
    }),
  } satisfies Adapter<F>)
}

const PROBE_MS = 1_000
const MOST_LEFTOVERS = 1_000
