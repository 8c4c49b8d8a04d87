// pg.Client by itself: an app's own, or a pool's that is not pg's (Knex, Sequelize). All that go to one place, as one user, are one dependency.
import { judgePostgres, postgresClients } from '../dependency/index.ts'
import type { Handling } from './found.ts'
import { onceEach } from './once-each.ts'
import { nameFor, postgresPlace } from './where.ts'

interface Client {
  readonly user?: unknown
  readonly host: string
  readonly port: number
  readonly database?: unknown
  readonly connection: object
}
type ClientClass = new (...args: unknown[]) => Client

const END_MS = 10_000
const MARGIN_MS = 1_000
/** What the app has said itself of how long a statement may take, holds. */
export const pgEndMs = (statementMs: unknown) =>
  typeof statementMs === 'number' && statementMs > 0 ? Math.max(END_MS, statementMs + MARGIN_MS) : END_MS

export function pgClients(handling: Handling, Client: ClientClass): (made: object, args: readonly unknown[]) => object {
  const families = onceEach<{ guard(client: Client, again: () => Client): Client; config: readonly unknown[] }>(
    handling,
    'postgres',
    'pg.Client',
    'places',
  )
  let native = false
  return (made, args) => {
    const client = made as Client
    // libpq's has no connection that could be seen.
    if (typeof client.connection !== 'object') {
      if (!native) handling.left('postgres', 'pg.Client', 'it is pg-native')
      native = true
      return client
    }
    const place = postgresPlace(client)
    const family = families(`${String(client.user)} ${place}`, () => {
      const endMs = pgEndMs(
        (client as { connectionParameters?: { statement_timeout?: unknown } }).connectionParameters?.statement_timeout,
      )
      // Probes are made as the latest: a password may be of short life.
      const own = { config: args, guard: (client: Client, _again: () => Client) => client }
      own.guard = handling.family<Client>({
        kind: 'postgres',
        name: nameFor('postgres', place),
        adapter: () => postgresClients(() => new Client(...own.config), { definitions: 'free' }),
        asks: ['query', 'connect'],
        judge: judgePostgres,
        endMs,
        options: { deadline: endMs },
      })
      return own
    })
    if (family === undefined) return client
    family.config = args
    return family.guard(client, () => new Client(...args))
  }
}
