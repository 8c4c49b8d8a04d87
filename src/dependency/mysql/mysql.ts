// The adapter for mysql2, with callbacks or promises: `mysql(pool)`. MySQL and MariaDB.
import { ConfigError, type Duration, durationMs, type Json, type Setting } from '../../core/index.ts'
import type { Call, Policy } from '../../policy/index.ts'
import type { Adapter, FacadeMore } from '../adapter.ts'
import { droppedError } from '../errors.ts'
import { type Flights, flights } from '../flights.ts'
import { type Leftover, type MysqlConnections, type MysqlLevels, mysqlConnections } from './connections.ts'
import { coreOfOne, type MysqlConnectionClass } from './core-of-one.ts'
import { coreOf, type MysqlConnection, type MysqlCorePool, type MysqlPoolLike } from './driver.ts'
import { dropMysql, killThem } from './drop.ts'
import { mysqlFacade } from './facade.ts'
import { onFreshConnection } from './fresh.ts'
import { judgeMysql, saysReadOnly } from './judge.ts'
import { singleOfFamily } from './single.ts'

export interface MysqlOptions {
  /** The server ends a statement after so long (MySQL: a SELECT), set once per connection. Default 5 s. */
  readonly statement?: Duration
  /** The server gives up waiting for a lock; whole seconds. Default 2 s. */
  readonly lock?: Duration
  /** To be connected, and to be given a connection of the pool. Default 3 s. */
  readonly connect?: Duration
}

const MARGIN_MS = 500
const RETRY_AFTER_MS = 2_000

export function mysql<P extends MysqlPoolLike>(pool: P, options: MysqlOptions = {}): Adapter<P> {
  const core = coreOf(pool)
  const levels = levelsOf(options)
  let doubt: (why: string) => void = () => {}
  const connections = mysqlConnections(core, levels, why => doubt(why))
  return Object.freeze({
    ...adapterOf<P>(core, levels, connections, (run, more, underWay) => {
      doubt = more.doubt
      return mysqlFacade(pool, { core, connections, flights: underWay, run, more })
    }),
    size: connections.size,
    counts: () => ({ open: core._allConnections.length, max: core.config.connectionLimit }),
  } satisfies Adapter<P>)
}

export interface MysqlSingles {
  /** Takes in hand what `new Connection` has just made, upon `mysqlSingles`' socket or its own; `again` makes another such. */
  guard(connection: MysqlConnection, again: () => MysqlConnection): MysqlConnection
}

/** Connections of mysql2 that are of no pool of its: one dependency for all that go to one place. Each is handed to `guard` as it is made. */
export function mysqlSingles(
  Connection: MysqlConnectionClass,
  config: object,
  options: MysqlOptions = {},
): Adapter<MysqlSingles> {
  const core = coreOfOne(Connection, config)
  const levels = levelsOf(options)
  const live = new Map<MysqlConnection, number>()
  const connections = {
    refuseAll() {},
    all: () => [...live.keys()],
    leftoverOf(connection: MysqlConnection) {
      const { threadId, stream } = connection
      const openedAt = live.get(connection)
      return threadId === null || openedAt === undefined ? undefined : { id: threadId, port: stream.localPort ?? 0, openedAt }
    },
    admit() {},
  }
  return Object.freeze({
    ...adapterOf<MysqlSingles>(core, levels, connections, (_run, more, underWay) => {
      const told = (error: Error) => {
        if (saysReadOnly(error)) more.doubt('a write was refused')
        return error
      }
      const family = { core, levels, live, told, flights: underWay, runHeld: more.runHeld, lost: more.doubt }
      return {
        guard(connection: MysqlConnection, again: () => MysqlConnection) {
          singleOfFamily(family, connection, again)
          return connection
        },
      }
    }),
    counts: () => ({ open: live.size }),
  } satisfies Adapter<MysqlSingles>)
}

function adapterOf<F extends object>(
  core: MysqlCorePool,
  levels: MysqlLevels,
  connections: Pick<MysqlConnections, 'refuseAll' | 'all' | 'leftoverOf' | 'admit'>,
  facade: (run: Policy['run'], more: FacadeMore, underWay: Flights) => F,
) {
  let leftovers: readonly Leftover[] = []
  const underWay = flights()
  let name = 'mysql'
  const refusal = () => droppedError(RETRY_AFTER_MS, name)
  const left = (call: Call) => Math.min(call.remaining(), levels.connectMs)

  return {
    kind: 'mysql',
    judge: judgeMysql,
    attemptMs: levels.statementMs + MARGIN_MS,
    facade(run: Policy['run'], more: FacadeMore) {
      name = more.name ?? name
      return facade(run, more, underWay)
    },
    probe: (call: Call) =>
      onFreshConnection(core, left(call), async ask => {
        const [row] = await ask('select @@global.read_only as ro')
        if (Number(row?.['ro']) === 1) return 'readonly'
        try {
          // A write that touches no table of the app's, and no binary log.
          await ask('create temporary table selfheal_probe (n int)')
          await ask('insert into selfheal_probe values (1)')
        } catch (error) {
          if (saysReadOnly(error)) return 'readonly'
          // Not allowed to make one, or no database chosen: then read_only is all that can be known.
          if (![1044, 1046, 1142].includes((error as { errno?: number }).errno ?? 0)) throw error
        }
        return 'up'
      }),
    async drop() {
      const dropped = await dropMysql(core, connections, refusal)
      leftovers = dropped.leftovers
      return dropped.ended
    },
    admit: share => connections.admit(share, refusal),
    async resume(call: Call) {
      await killThem(core, leftovers, left(call))
      leftovers = []
    },
    late: ms => underWay.late(ms),
    inspect: (call: Call) =>
      onFreshConnection(core, left(call), async ask => {
        const rows = await ask('show global variables')
        return {
          kind: 'mysql',
          settings: Object.fromEntries(rows.map(r => [String(r['Variable_name']), String(r['Value'])])),
        } as Json
      }),
    settings: (): readonly Setting[] => [
      { level: 'connect', name: 'connectTimeout', valueMs: levels.connectMs, from: 'mysql()' },
      { level: 'acquire', name: 'connect', valueMs: levels.connectMs, from: 'mysql()' },
      { level: 'statement', name: 'max_statement_time', valueMs: levels.statementMs, from: 'set once per connection' },
      { level: 'lock', name: 'innodb_lock_wait_timeout', valueMs: levels.lockMs, from: 'set once per connection' },
    ],
  } satisfies Adapter<F>
}

function levelsOf({ statement = '5s', lock = '2s', connect = '3s' }: MysqlOptions): MysqlLevels {
  const ms = (at: string, value: Duration) => {
    const parsed = durationMs(value)
    if (parsed === undefined || parsed < 1) throw new ConfigError('mysql()', [{ at, says: "must be a duration, such as '5s'" }])
    return parsed
  }
  return { statementMs: ms('statement', statement), lockMs: ms('lock', lock), connectMs: ms('connect', connect) }
}
