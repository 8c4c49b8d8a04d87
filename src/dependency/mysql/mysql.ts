// The adapter for mysql2, with callbacks or promises: `mysql(pool)`. MySQL and MariaDB.
import { ConfigError, type Duration, durationMs, type Json, type Setting } from '../../core/index.ts'
import type { Call, Policy } from '../../policy/index.ts'
import type { Adapter, FacadeMore } from '../adapter.ts'
import { droppedError } from '../errors.ts'
import { flights } from '../flights.ts'
import { type Leftover, type MysqlLevels, mysqlConnections } from './connections.ts'
import { coreOf, type MysqlPoolLike } from './driver.ts'
import { dropMysql, killThem } from './drop.ts'
import { mysqlFacade } from './facade.ts'
import { onFreshConnection } from './fresh.ts'
import { judgeMysql, saysReadOnly } from './judge.ts'

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
  const levels = levelsOf(options)
  const core = coreOf(pool)
  let doubt: (why: string) => void = () => {}
  let leftovers: readonly Leftover[] = []
  const connections = mysqlConnections(core, levels, why => doubt(why))
  const underWay = flights()
  let name = 'mysql'
  const refusal = () => droppedError(RETRY_AFTER_MS, name)
  const left = (call: Call) => Math.min(call.remaining(), levels.connectMs)

  return Object.freeze({
    kind: 'mysql',
    judge: judgeMysql,
    size: connections.size,
    attemptMs: levels.statementMs + MARGIN_MS,
    facade(run: Policy['run'], more: FacadeMore) {
      doubt = more.doubt
      name = more.name ?? name
      return mysqlFacade(pool, { core, connections, flights: underWay, run, more })
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
    counts: () => ({ open: core._allConnections.length, max: core.config.connectionLimit }),
    settings: (): readonly Setting[] => [
      { level: 'connect', name: 'connectTimeout', valueMs: levels.connectMs, from: 'mysql()' },
      { level: 'acquire', name: 'connect', valueMs: levels.connectMs, from: 'mysql()' },
      { level: 'statement', name: 'max_statement_time', valueMs: levels.statementMs, from: 'set once per connection' },
      { level: 'lock', name: 'innodb_lock_wait_timeout', valueMs: levels.lockMs, from: 'set once per connection' },
    ],
  } satisfies Adapter<P>)
}

function levelsOf({ statement = '5s', lock = '2s', connect = '3s' }: MysqlOptions): MysqlLevels {
  const ms = (at: string, value: Duration) => {
    const parsed = durationMs(value)
    if (parsed === undefined || parsed < 1) throw new ConfigError('mysql()', [{ at, says: "must be a duration, such as '5s'" }])
    return parsed
  }
  return { statementMs: ms('statement', statement), lockMs: ms('lock', lock), connectMs: ms('connect', connect) }
}
