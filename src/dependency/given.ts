// What was given to dependency() where an adapter belongs: the app's own pool or client, most often. Says which adapter is made of it.
import { ConfigError } from '../core/index.ts'

const KNOWN: readonly (readonly [what: string, give: string, has: readonly string[]])[] = [
  ['a dependency already', 'it as it is to the app', ['heal']],
  ['a pool of pg', 'postgres(pool)', ['totalCount', 'idleCount', 'waitingCount']],
  ['a pool of mysql2', 'mysql(pool)', ['query', 'execute', 'getConnection']],
  ['a client of ioredis', 'redis(client)', ['sendCommand', 'status']],
  ['a client of node-redis', 'redis(client)', ['sendCommand', 'isReady']],
  ['a client of pg', 'postgresClient(() => new pg.Client(…))', ['query', 'connection', 'connectionParameters']],
]
const ANY = 'postgres(pool), mysql(pool), redis(client) or http(origin)'

/** Throws ConfigError. */
export function mustBeAdapter(given: unknown): void {
  const is = (has: readonly string[]) => typeof given === 'object' && given !== null && has.every(name => name in given)
  if (is(['facade', 'probe', 'judge', 'kind'])) return
  const [what, give] =
    typeof given === 'string' || given instanceof URL
      ? ['an address', 'http(origin)']
      : (KNOWN.find(([, , has]) => is(has)) ?? [
          given === null ? 'null' : typeof given === 'object' ? 'none' : `${typeof given}`,
          ANY,
        ])
  throw new ConfigError('heal.dependency()', [
    { at: 'adapter', says: `must be one of selfheal/dependency, and this is ${what}: give ${give}` },
  ])
}
