// The adapter for clients of pg that somebody else makes: all of them are one dependency. What becomes of each is client-of-family.ts's.
import type { Adapter } from '../adapter.ts'
import { clientOfFamily, type Member } from './client-of-family.ts'
import type { ClientLike, PgClient } from './driver.ts'
import { doubtOf } from './judge.ts'
import { poolOfOne } from './one.ts'
import type { PostgresOptions } from './options.ts'
import { adapterOf, withoutPool } from './postgres.ts'

/** What takes clients in hand. */
export interface Clients {
  /** This one, from here on: the same object. Before it connects. `again` makes another like it; default: what makes one for probes. */
  guard<C extends ClientLike>(client: C, again?: () => C): C
}

/**
 * PostgreSQL by clients that somebody else makes, one for each connection (Knex, Sequelize, an app that has no pool): one dependency for
 * all of them, however many there are. `make` makes one more, for probes. Throws ConfigError.
 */
export function postgresClients(make: () => ClientLike, options: PostgresOptions = {}): Adapter<Clients> {
  const { pool } = poolOfOne(make as unknown as () => PgClient, 'postgresClients()')
  const members = new Set<Member>()
  const renew = () => {
    for (const member of members) member.renew()
  }
  const adapter = adapterOf<Clients>(pool, options, (querying, healing, _run, more, levels) => {
    const family = {
      ...querying,
      ...{ runHeld: more.runHeld, doubt: doubtOf(more), lost: more.doubt, healing },
      connectMs: () => levels.connectMs,
    }
    return {
      guard(client, again) {
        clientOfFamily(family, client as unknown as PgClient, (again ?? make) as unknown as () => PgClient, members)
        return client
      },
    }
  })
  return Object.freeze({
    ...withoutPool(adapter, renew),
    counts: () => ({ open: members.size }),
    settings: () => adapter.settings().filter(({ level }) => !OF_POOLS.has(level)),
  } satisfies Adapter<Clients>)
}

/** Levels that whoever makes the clients has, or has not. */
const OF_POOLS: ReadonlySet<string> = new Set(['acquire', 'pool-idle'])
