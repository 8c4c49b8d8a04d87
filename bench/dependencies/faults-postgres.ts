// What goes wrong with PostgreSQL, ten ways. Each is done to the server, or to the way there, never to an arm; all arms have it at once.
import { readFileSync, writeFileSync } from 'node:fs'
import { blackHole, faultProxy } from '../../src/drill/index.ts'
import { tenTimesASecond } from './again-and-again.ts'
import { relay } from './relay.ts'
import { type Fault, type PostgresStage, postgresStage, type Stage } from './stage.ts'

const LONG_MS = 120_000

function on(name: string, says: string, faulty: (stage: PostgresStage) => Pick<Stage, 'begin' | 'end'> & Partial<Stage>): Fault {
  return {
    name,
    driver: 'postgres',
    says,
    async stage() {
      const base = await postgresStage()
      return { ...base, ...faulty(base) }
    },
  }
}
const comesBack = async ({ server, anew }: PostgresStage) => {
  await server.start()
  await anew()
}

const refused = on('refused', 'the server is killed (`kill -9`), and started again', base => ({
  begin: () => base.server.kill(),
  end: () => comesBack(base),
}))

const restarted: Fault = {
  ...on('restarted', 'the server is killed and started again at once', base => ({
    begin: () => base.server.kill(),
    end: () => comesBack(base),
  })),
  brief: true,
}

const hung = on('hung', 'every process of the server is stopped (SIGSTOP), then goes on (SIGCONT)', base => ({
  begin: async () => base.server.freeze(),
  end: async () => base.server.thaw(),
}))

const slow = on(
  'slow',
  'every read takes 3 s on the server, as when an index was lost; writes and connecting are quick',
  base => ({
    begin: async () => void (await base.slow(3)),
    end: async () => void (await base.slow(0)),
  }),
)

const full = on('out of connections', 'the role has no connection left (53300), and those it had are ended', base => ({
  async begin() {
    await base.ask('alter role app connection limit 0')
    await base.killSessions()
  },
  end: async () => void (await base.ask('alter role app connection limit -1')),
}))

const killed = on('sessions killed', '`pg_terminate_backend` on every session of the app, ten times a second', base =>
  tenTimesASecond('pg_terminate_backend', base.killSessions),
)

const authentication: Fault = {
  name: 'authentication changed',
  driver: 'postgres',
  says: 'the password is another (scram-sha-256) and the sessions are ended; then it is the old one again',
  async stage() {
    const base = await postgresStage()
    const [{ hba_file: file }] = (await base.ask('show hba_file')) as [{ hba_file: string }]
    writeFileSync(file, `host all app 127.0.0.1/32 scram-sha-256\n${readFileSync(file, 'utf8')}`)
    await base.ask('select pg_reload_conf()')
    return {
      ...base,
      async begin() {
        await base.ask("alter role app password 'after'")
        await base.killSessions()
      },
      end: async () => void (await base.ask("alter role app password 'before'")),
    }
  },
}

const blackHoled: Fault = {
  name: 'black-holed',
  driver: 'postgres',
  says: 'a proxy on the way swallows everything, and tells nobody (a pulled cable); then it resets those connections',
  async stage() {
    const base = await postgresStage()
    const proxy = await faultProxy({ to: { host: '127.0.0.1', port: base.server.port } })
    let heal = async () => {}
    return {
      ...base,
      target: { ...base.target, port: proxy.address.port },
      async begin() {
        const ending = await proxy.put(blackHole(), LONG_MS)
        heal = ending
      },
      end: () => heal(),
      async close() {
        await proxy.close()
        await base.close()
      },
    }
  },
}

const failover: Fault = {
  name: 'failover',
  driver: 'postgres',
  says: 'the server turns read-only and stays so; after 8 s new connections come to another one, which takes writes',
  async stage() {
    const [old, fresh] = await Promise.all([postgresStage(), postgresStage()])
    const way = await relay(old.server.port)
    return {
      ...old,
      target: { ...old.target, port: way.port },
      async begin() {
        await old.ask('alter system set default_transaction_read_only = on')
        await old.ask('select pg_reload_conf()')
      },
      end: async () => way.pointTo(fresh.server.port),
      async close() {
        await way.close()
        await Promise.all([old.close(), fresh.close()])
      },
    }
  },
}

const names: Fault = {
  name: 'DNS hanging',
  driver: 'postgres',
  says: 'the name service does not answer (`dns.lookup` of each app: `EAI_AGAIN` after 10 s, as glibc has it), and the sessions are ended',
  async stage(names) {
    const base = await postgresStage()
    return {
      ...base,
      target: { ...base.target, host: 'localhost' },
      async begin() {
        names(true)
        await base.killSessions()
      },
      end: async () => names(false),
    }
  },
}

export const postgresFaults: readonly Fault[] = [
  refused,
  restarted,
  hung,
  blackHoled,
  slow,
  full,
  failover,
  killed,
  authentication,
  names,
]
