// The drivers of databases and caches: where each makes its pools and clients, and that what it makes is taken in hand. Classes stay classes
// (`instanceof`, `extends`); an instance of an app's own subclass is left as it is, for its methods are its own.
import { outsideFrames } from '../core/index.ts'
import { judgeMysql, judgePostgres, judgeRedis, mysql, postgres, redis, waitsByDesign } from '../dependency/index.ts'
import { type Exchanges, WHOLE } from './exports.ts'
import type { Handling, Thing } from './found.ts'
import { mysqlConnection } from './mysql-singles.ts'
import { pgClients, pgEndMs } from './pg-clients.ts'
import { ioredisPlace, mysqlPlace, nameFor, nodeRedisPlace, postgresPlace } from './where.ts'

interface Command {
  readonly name: string
  readonly args: readonly unknown[]
}
type Class = new (...args: unknown[]) => object
type Make = (...args: unknown[]) => object

const DATABASE_MS = 10_000
const CACHE_MS = 1_000
/** Of a queue's client. */
const PATIENT_MS = 5_000

export function databases(handling: Handling): Exchanges {
  const pgPool = (pool: object): Thing<object> => {
    const { options } = pool as { options: { readonly statement_timeout?: unknown } }
    const endMs = pgEndMs(options.statement_timeout)
    return {
      kind: 'postgres',
      name: nameFor('postgres', postgresPlace(options as object)),
      driver: pool,
      adapter: pool => postgres(pool as never, { definitions: 'free' }),
      options: { deadline: endMs },
      asks: ['query', 'connect'],
      judge: judgePostgres,
      endMs,
    }
  }
  const mysqlPool = (pool: object, [config]: readonly unknown[]): Thing<object> => ({
    kind: 'mysql',
    name: nameFor('mysql', typeof config === 'string' ? addressIn(config) : mysqlPlace((config ?? {}) as object)),
    driver: pool,
    adapter: pool => mysql(pool as never),
    asks: ['query', 'execute', 'getConnection'],
    judge: judgeMysql,
    endMs: DATABASE_MS,
  })
  const redisClient = (client: object, place: string, endMs = CACHE_MS): Thing<object> => ({
    kind: 'redis',
    name: nameFor('redis', place),
    driver: client,
    adapter: client => redis(client as never),
    asks: ['sendCommand'],
    judge: judgeRedis,
    endMs,
    waits: ([command]) => {
      // ioredis's command, or node-redis's words.
      const [name, ...args] = Array.isArray(command) ? command : [(command as Command).name, ...(command as Command).args]
      return waitsByDesign(String(name).toLowerCase(), args)
    },
  })
  const ioredis = (client: object) => {
    const { options } = client as { options: { readonly host?: unknown; readonly maxRetriesPerRequest?: unknown } }
    return redisClient(client, ioredisPlace(options), options.maxRetriesPerRequest === null ? PATIENT_MS : CACHE_MS)
  }
  const nodeRedis = (client: object, [options]: readonly unknown[]) => ({
    ...redisClient(client, nodeRedisPlace(options as object)),
    // What createClient gives is made from the client itself, which is where its commands look.
    askedAt: (client as { readonly _self?: object })._self ?? client,
  })
  const { take } = handling
  const asFunction = (make: unknown, of: (made: object, args: readonly unknown[]) => Thing<object>) =>
    madeBy(make as Make, (made, args) => take(of(made, args)))
  const asClass = (made: unknown, kind: string, of: (made: object) => Thing<object>) =>
    constructedBy(made as Class, one => take(of(one)), leftOf(kind))
  const leftOf = (kind: string) => {
    const told = new Set<string>()
    return (name: string) => {
      if (told.has(name)) return
      told.add(name)
      handling.left(kind, name, "it is of a class of the app's own")
    }
  }

  return {
    'pg/lib/index.js': ({ Pool, Client }) => {
      const own = constructedBy(Client as Class, pgClients(handling, Client as never), leftOf('postgres'))
      return { Pool: asClass(Pool, 'postgres', pool => pgPool(withBareClients(pool, own, Client as Class))), Client: own }
    },
    'mysql2/lib/connection.js': Class => ({ [WHOLE]: mysqlConnection(handling, Class as never) }),
    'mysql2/index.js': ({ createPool }) => ({ createPool: asFunction(createPool, mysqlPool) }),
    'mysql2/promise.js': ({ createPool }) => ({ createPool: asFunction(createPool, mysqlPool) }),
    'ioredis/built/index.js': ({ Redis }) => {
      const own = asClass(Redis, 'redis', ioredis)
      return { Redis: own, default: own }
    },
    'redis/dist/index.js': ({ createClient }) => ({ createClient: asFunction(createClient, nodeRedis) }),
  }
}

function madeBy(make: Make, then: (made: object, args: readonly unknown[]) => object): Make {
  return (...args) => then(make(...args), args)
}

/** The class itself, but that `new` gives what `then` gives. */
function constructedBy(
  Class: Class,
  then: (made: object, args: readonly unknown[]) => object,
  subclass: (name: string) => void,
): Class {
  const own: Class = new Proxy(Class, {
    construct(target, args: unknown[], newTarget) {
      // Some connect at once: that is nobody's request.
      const made = outsideFrames(() => Reflect.construct(target, args, newTarget) as object)
      if (newTarget === own) return then(made, args)
      subclass(newTarget.name)
      return made
    },
  })
  return own
}

/** A pool that was told to make its connections of pg.Client: they are the pool's, and guarded with it. */
function withBareClients(pool: object, guarded: Class, bare: Class): object {
  const its = pool as { Client?: unknown }
  if (its.Client === guarded) its.Client = bare
  return pool
}

function addressIn(uri: string): string {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  return url === undefined ? '' : mysqlPlace({ host: url.hostname, port: url.port || 3306, database: url.pathname.slice(1) })
}
