// mysql2's connections that are of no pool of its: an app's own (createConnection, with callbacks or promises), or a pool's that is not mysql2's
// (Knex, Sequelize). All that go to one place, as one user, are one dependency. mysql2's own pools make a subclass, and are passed by.
import { outsideFrames } from '../core/index.ts'
import { judgeMysql, mysqlLaterSocket, mysqlSingles } from '../dependency/index.ts'
import type { Handling } from './found.ts'
import { mysqlPlace, nameFor } from './where.ts'

interface Config {
  readonly host?: unknown
  readonly port?: unknown
  readonly user?: unknown
  readonly database?: unknown
  readonly socketPath?: unknown
  readonly isServer?: unknown
  connectTimeout?: unknown
  stream?: unknown
}
type Connection = Parameters<ReturnType<ReturnType<typeof mysqlSingles>['facade']>['guard']>[0]
type ConnectionClass = new (options: { config: object }) => Connection

const END_MS = 10_000
const CONNECT_MS = 3_000
/** An app of many tenants; the others are left as they are. */
const MOST_PLACES = 100

export function mysqlConnection(handling: Handling, Class: ConnectionClass): ConnectionClass {
  const places = new Map<string, { guard(one: Connection, again: () => Connection): Connection }>()
  const placeOf = (config: Config) => {
    const place = mysqlPlace(config.socketPath ? { ...config, host: config.socketPath, port: '' } : config)
    const key = `${String(config.user)} ${place}`
    const known = places.get(key)
    if (known !== undefined || places.size >= MOST_PLACES) return known
    if (places.size === MOST_PLACES - 1) handling.left('mysql', 'createConnection', `more than ${MOST_PLACES} places: the others`)
    // Probes are made as the first of them was.
    const guard = handling.family<Connection>({
      kind: 'mysql',
      name: nameFor('mysql', place),
      adapter: () => mysqlSingles(Class, config),
      asks: ['query', 'execute'],
      judge: judgeMysql,
      endMs: END_MS,
    })
    const family = { guard }
    places.set(key, family)
    return family
  }
  const own: ConnectionClass = new Proxy(Class, {
    construct(target, args: [{ config: Config }], newTarget) {
      const [{ config }] = args
      const plainly = () => outsideFrames(() => Reflect.construct(target, args, newTarget) as Connection)
      const family = newTarget === own && !config.isServer ? placeOf(config) : undefined
      if (family === undefined) return plainly()
      // Who only watches changes nothing.
      if (handling.how === 'watched') return family.guard(plainly(), plainly)
      config.connectTimeout = Math.min(Number(config.connectTimeout || CONNECT_MS), CONNECT_MS)
      const again = mysqlLaterSocket(config)
      const made = plainly()
      return outsideFrames(() => family.guard(made, () => new Class({ config: again })))
    },
  })
  return own
}
