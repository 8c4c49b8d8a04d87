// A real MariaDB for one test file: its own folder and port, no passwords.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import { freePort } from './process/program/kit.ts'

export interface TestMariadb {
  readonly config: { readonly host: string; readonly port: number; readonly user: string; readonly database: string }
  observer(): Promise<mysql.Connection>
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  start(): Promise<void>
  end(): Promise<void>
}

export async function testMariadb(): Promise<TestMariadb> {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-mariadb-'))
  const data = join(folder, 'data')
  const user = userInfo().username
  const made = spawnSync(
    'mariadb-install-db',
    // A server that starts clears the temporary tables of all others in the folder for temporary files.
    [`--datadir=${data}`, `--tmpdir=${folder}`, `--user=${user}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(made.stderr || made.stdout)
  const port = await freePort()
  const config = { host: '127.0.0.1', port, user: 'root', database: 'shop' }
  let child: ChildProcess | undefined
  const observer = () => mysql.createConnection({ ...config, database: 'mysql' })
  const start = async () => {
    child = spawn(
      'mariadbd',
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--tmpdir=${folder}`,
        `--user=${user}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${join(folder, 's')}`,
        '--skip-networking=0',
        '--innodb-buffer-pool-size=16M',
        '--innodb-flush-log-at-trx-commit=0',
      ],
      { stdio: 'ignore' },
    )
    for (;;) {
      const one = await observer().catch(() => undefined)
      if (one !== undefined) {
        await one.query('create database if not exists shop')
        await one.end()
        return
      }
      await wait(50)
    }
  }
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  await start()
  return Object.freeze({
    config,
    observer,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    kill,
    start,
    async end() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}
