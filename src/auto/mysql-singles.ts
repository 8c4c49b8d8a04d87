// mysql2's connections that are of no pool of its: an app's own (createConnection, with callbacks or promises), or a pool's that is not mysql2's
// (Knex, Sequelize). All that go to one place, as one user, are one dependency. mysql2's own pools make a subclass, and are passed by.
import { outsideFrames } from '../core/index.ts'
import { judgeMysql, mysqlLaterSocket, mysqlSingles } from '../dependency/index.ts'
import type { Handling } from './found.ts'
import { onceEach } from './once-each.ts'
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

export function mysqlConnection(handling: Handling, Class: ConnectionClass): ConnectionClass {
  const families = onceEach<{ guard(one: Connection, again: () => Connection): Connection }>(
    handling,
    'mysql',
    'createConnection',
    'places',
  )
  const familyOf = (config: Config) => {
    const place = mysqlPlace(config.socketPath ? { ...config, host: config.socketPath, port: '' } : config)
    return families(`${String(config.user)} ${place}`, () => ({
      guard: handling.family<Connection>({
        kind: 'mysql',
        name: nameFor('mysql', place),
        // Probes are made as the first of them was.
        adapter: () => mysqlSingles(Class, config),
        asks: ['query', 'execute'],
        judge: judgeMysql,
        endMs: END_MS,
      }),
    }))
  }
  const own: ConnectionClass = new Proxy(Class, {
    construct(target, args: [{ config: Config }], newTarget) {
      const [{ config }] = args
      const plainly = () => outsideFrames(() => Reflect.construct(target, args, newTarget) as Connection)
      const family = newTarget === own && !config.isServer ? familyOf(config) : undefined
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
