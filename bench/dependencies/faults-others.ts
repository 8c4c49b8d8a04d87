// The shorter set, for MariaDB and Redis: refused, hung, sessions killed.
import { testMariadb } from '../../test/mariadb.ts'
import { testRedis } from '../../test/redis.ts'
import { tenTimesASecond } from './again-and-again.ts'
import type { Driver, Target } from './plan.ts'
import { type Fault, ROWS } from './stage.ts'

interface Server {
  readonly target: Target
  killSessions(): Promise<number>
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  start(): Promise<void>
  end(): Promise<void>
}

async function mariadb(): Promise<Server> {
  const server = await testMariadb()
  const admin = await server.observer()
  admin.on('error', () => {})
  for (const sql of [
    'create table shop.stock (id int primary key, n int not null)',
    `insert into shop.stock select seq, 10 from seq_0_to_${ROWS}`,
    'create view shop.stock_seen as select id, n from shop.stock',
    "create user app@'127.0.0.1' identified by 'before'",
    "grant all on shop.* to app@'127.0.0.1'",
  ])
    await admin.query(sql)
  return {
    ...server,
    target: { ...server.config, user: 'app', password: 'before' },
    killSessions: async () => ((await admin.query('kill user app'))[0] as { affectedRows: number }).affectedRows,
    async end() {
      admin.destroy()
      await server.end()
    },
  }
}

async function redis(): Promise<Server> {
  const server = await testRedis()
  // `ask` is a connection of its own each time; it is the one that is left.
  const killSessions = async () => Number(/^:(\d+)/.exec(await server.ask('CLIENT KILL TYPE normal'))?.[1])
  return {
    ...server,
    target: { host: '127.0.0.1', port: server.port },
    killSessions,
  }
}

function three(driver: Driver, make: () => Promise<Server>, how: string): readonly Fault[] {
  const on = (
    name: string,
    says: string,
    faulty: (server: Server) => { begin(): Promise<void>; end(): Promise<void> },
  ): Fault => ({
    name,
    driver,
    says,
    async stage() {
      const server = await make()
      return { target: server.target, ...faulty(server), close: () => server.end() }
    },
  })
  return [
    on('refused', 'as above', server => ({ begin: () => server.kill(), end: () => server.start() })),
    on('hung', 'as above', server => ({ begin: async () => server.freeze(), end: async () => server.thaw() })),
    on('sessions killed', `${how}, ten times a second`, server => tenTimesASecond(how, server.killSessions)),
  ]
}

export const otherFaults: readonly Fault[] = [
  ...three('mariadb', mariadb, '`KILL USER`'),
  ...three('redis', redis, '`CLIENT KILL TYPE normal`'),
]
