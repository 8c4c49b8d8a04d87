// A real PgBouncer in transaction mode before a test's PostgreSQL: what many hosted databases are reached through.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { identity } from '../examples/marketplace/postgres/identity.ts'
import { freePort } from './process/program/kit.ts'

export async function testPgBouncer(postgresPort: number): Promise<{ readonly port: number; end(): Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'selfheal-pgbouncer-'))
  chmodSync(home, 0o755)
  const port = await freePort()
  writeFileSync(join(home, 'users.txt'), '"postgres" ""\n')
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(home, 'users.txt'),
    pool_mode: 'transaction',
    default_pool_size: 3,
    server_tls_sslmode: 'disable',
  }
  const ini = [
    '[databases]',
    `postgres = host=127.0.0.1 port=${postgresPort} dbname=postgres`,
    '[pgbouncer]',
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
  ]
  writeFileSync(join(home, 'pgbouncer.ini'), `${ini.join('\n')}\n`)
  for (const name of ['users.txt', 'pgbouncer.ini']) chmodSync(join(home, name), 0o644)
  // It refuses to run as root, as PostgreSQL does.
  const who = identity(join(home, 'server'), join(home, 'none'))
  const [command, ...rest] = [...who.prefix, 'pgbouncer', '-q', join(home, 'pgbouncer.ini')]
  const child: ChildProcess = spawn(command!, rest, { stdio: 'ignore', ...who.user })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended at its start with ${child.exitCode}`)
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      database: 'postgres',
      connectionTimeoutMillis: 5_000,
    })
    client.on('error', () => {})
    const up = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => {})
    if (up) break
    await wait(25)
  }
  return Object.freeze({
    port,
    async end() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      rmSync(home, { recursive: true, force: true })
      if (!who.folder.startsWith(home)) rmSync(who.folder, { recursive: true, force: true })
    },
  })
}
