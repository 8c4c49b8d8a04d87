// A real PostgreSQL for one test file: its own folder and port, as any user or root. The empty cluster is made once per machine and
// copied, so that a server is there in about half a second. It can be stopped (SIGSTOP), continued, killed and started again.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { binaries } from '../examples/marketplace/postgres/binaries.ts'
import { identity } from '../examples/marketplace/postgres/identity.ts'

export interface TestPostgres {
  readonly port: number
  readonly config: { readonly host: string; readonly port: number; readonly user: string; readonly database: string }
  /** A connection of the test's own, which no adapter knows. */
  observer(): Promise<pg.Client>
  /** SIGSTOP to every process of the server, and SIGCONT. */
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  start(): Promise<void>
  end(): Promise<void>
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 40,
  fsync: 'off',
  shared_buffers: '16MB',
  log_min_messages: 'fatal',
  log_min_error_statement: 'panic',
}

/** With `replicaOf` a streaming replica of that server, which must have been started once: copies of one empty cluster are each other's base backup. */
export async function testPostgres(
  settings: Readonly<Record<string, string | number>> = {},
  { replicaOf }: { readonly replicaOf?: TestPostgres } = {},
): Promise<TestPostgres> {
  const programs = binaries()
  const home = mkdtempSync(join(tmpdir(), 'selfheal-postgres-'))
  const who = identity(join(home, 'server'), programs.native)
  const data = join(who.folder, 'data')
  const copied = spawnSync('cp', ['-a', template(programs), data])
  if (copied.status !== 0) throw new Error(`cp: ${copied.stderr}`)
  if (replicaOf !== undefined) writeFileSync(join(data, 'standby.signal'), '')
  if (who.user !== undefined) spawnSync('chown', ['-R', `${who.user.uid}:${who.user.gid}`, data])
  const port = await freePort()
  const config = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' }
  // It must not have fewer connections than the primary had when the cluster was made.
  const primary = replicaOf && { primary_conninfo: `host=127.0.0.1 port=${replicaOf.port} user=postgres`, max_connections: 100 }
  let child: ChildProcess | undefined

  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null
  const signal = (name: NodeJS.Signals) => {
    for (const pid of running() ? family(child!.pid!) : []) {
      try {
        process.kill(pid, name)
      } catch {
        // It ended meanwhile.
      }
    }
  }
  const start = async () => {
    const args = Object.entries({ ...SETTINGS, ...settings, ...primary, port }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    const [command, ...rest] = [...who.prefix, programs.postgres, '-D', data, ...args]
    child = spawn(command!, rest, { stdio: 'ignore', cwd: data, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...who.user })
    for (;;) {
      if (!running()) throw new Error(`PostgreSQL ended at its start with ${child.exitCode ?? child.signalCode}`)
      const client = new pg.Client({ ...config, connectionTimeoutMillis: 2_000 })
      client.on('error', () => {})
      const up = await client.connect().then(
        () => true,
        () => false,
      )
      await client.end().catch(() => {})
      if (up) return
      await wait(25)
    }
  }
  const stop = async (name: NodeJS.Signals) => {
    if (!running()) return
    const gone = once(child!, 'exit')
    signal('SIGCONT')
    if (name === 'SIGKILL') signal('SIGKILL')
    else child!.kill(name)
    await gone
    rmSync(join(data, 'postmaster.pid'), { force: true })
  }
  await start()
  return Object.freeze({
    port,
    config,
    async observer() {
      const client = new pg.Client({ ...config, application_name: 'observer' })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    kill: () => stop('SIGKILL'),
    start,
    async end() {
      await stop('SIGQUIT')
      rmSync(home, { recursive: true, force: true })
      if (!who.folder.startsWith(home)) rmSync(who.folder, { recursive: true, force: true })
    },
  })
}

/** An empty cluster, made by whoever comes first. */
function template(programs: ReturnType<typeof binaries>): string {
  const place = join(tmpdir(), `selfheal-test-postgres-${programs.version}-${process.getuid?.() ?? 0}`)
  if (existsSync(join(place, 'PG_VERSION'))) return place
  const home = mkdtempSync(join(tmpdir(), 'selfheal-initdb-'))
  const who = identity(join(home, 'server'), programs.native)
  const fresh = join(who.folder, 'data')
  const options = [
    '-D',
    fresh,
    '-U',
    'postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ]
  const [command, ...rest] = [...who.prefix, programs.initdb, ...options]
  const done = spawnSync(command!, rest, {
    encoding: 'utf8',
    cwd: who.folder,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    ...who.user,
  })
  if (done.status !== 0) throw new Error(`initdb: ${done.stderr || done.error?.message}`)
  try {
    renameSync(fresh, place)
  } catch {
    // Another was first.
  }
  rmSync(home, { recursive: true, force: true })
  if (!existsSync(join(place, 'PG_VERSION'))) throw new Error(`no cluster at ${place}`)
  return place
}

/** The process and all below it. */
function family(root: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
    } catch {
      // It ended meanwhile.
    }
  }
  const all = [root]
  for (let i = 0; i < all.length; i++) all.push(...(parents.get(all[i]!) ?? []))
  return all
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
