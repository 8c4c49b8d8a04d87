// A PostgreSQL of the bench's own, real and new, whose log tells each connection with its time.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { binaries } from '../../examples/marketplace/postgres/binaries.ts'
import { identity } from '../../examples/marketplace/postgres/identity.ts'

export interface Database extends AsyncDisposable {
  readonly version: string
  /** Wall milliseconds of every connection since `forget`. */
  readonly connections: readonly number[]
  forget(): void
  /** Ends every connection from inside, as an administrator or a failover does. */
  endAll(): void
}

export async function database(port: number): Promise<Database> {
  const found = binaries()
  const place = mkdtempSync(join(tmpdir(), 'selfheal-stampede-'))
  const { prefix, user, folder } = identity(join(place, 'db'), found.native)
  const data = join(folder, 'data')
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' }
  const as = { cwd: folder, env, ...user }
  const [init, ...initArgs] = [...prefix, found.initdb, '-D', data, '-U', 'bench', '--auth=trust', '--no-sync', '--locale=C']
  const made = spawnSync(init!, initArgs, { encoding: 'utf8', ...as })
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || made.error?.message}`)
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 600,
    fsync: 'off',
    log_connections: 'authorization',
    log_line_prefix: '%n ',
  }
  const [run, ...args] = [
    ...prefix,
    found.postgres,
    '-D',
    data,
    ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
  ]
  const server = spawn(run!, args, { stdio: ['ignore', 'ignore', 'pipe'], ...as })
  const connections: number[] = []
  const accepts = Promise.withResolvers<void>()
  const last: string[] = []
  createInterface({ input: server.stderr! }).on('line', line => {
    last.splice(0, last.length - 5)
    last.push(line)
    if (/ready to accept connections/.test(line)) accepts.resolve()
    if (/connection authorized/.test(line)) connections.push(Number(line.split(' ')[0]) * 1_000)
  })
  server.once('exit', () => accepts.reject(new Error(`PostgreSQL ended: ${last.join('\n')}`)))
  await accepts.promise
  return {
    version: found.version,
    connections,
    forget: () => void (connections.length = 0),
    endAll: () => killBackends(server),
    async [Symbol.asyncDispose]() {
      const over = once(server, 'exit')
      server.kill('SIGQUIT')
      await over
      rmSync(place, { recursive: true, force: true })
    },
  }
}

/** What pg_terminate_backend does: SIGTERM to each client's backend. */
function killBackends(server: ChildProcess) {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
  for (const line of stdout.split('\n')) {
    const [pid, parent, ...command] = line.trim().split(/\s+/)
    if (Number(parent) === server.pid && command.join(' ').includes('bench postgres')) endOne(Number(pid))
  }
}

function endOne(pid: number) {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended by itself: its program fell before.
  }
}
