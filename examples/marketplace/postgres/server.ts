// One life of the PostgreSQL server, as our child: same process group, output thinned (./log.ts), asked to end by SIGINT (PostgreSQL's
// fast shutdown) and, when that takes too long, SIGQUIT (it recovers at its next start).
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Binaries } from './binaries.ts'
import type { Identity } from './identity.ts'
import { logSieve } from './log.ts'

const FAST_MS = 5_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}
export interface Server {
  readonly pid: number | undefined
  readonly exited: Promise<Ended>
  /** What it said so far, thinned; from now on lines pass straight through. */
  speak(): void
  /** What it said and nobody has heard yet. */
  heard(): readonly string[]
  stop(): void
}

export function server({ postgres }: Binaries, { prefix, user }: Identity, cluster: string, port: number): Server {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 50,
    log_line_prefix: '',
    log_min_messages: 'warning',
    client_connection_check_interval: '2s',
  }
  const args = ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const [command, ...rest] = [...prefix, postgres, ...args]
  const child = spawn(command!, rest, {
    stdio: ['ignore', 'inherit', 'pipe'],
    cwd: cluster,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    ...user,
  })

  const passes = logSieve()
  const heard: string[] = []
  let speaks = false
  const lines = createInterface({ input: child.stderr })
  lines.on('line', line => {
    if (!passes(line)) return
    if (speaks) console.error(line)
    else heard.push(line)
  })
  const exited = new Promise<Ended>(resolve => {
    child.once('error', error => {
      heard.push(error.message)
      resolve({ code: 1, signal: null })
    })
    child.once('close', (code, signal) => resolve({ code, signal }))
  })

  return Object.freeze({
    pid: child.pid,
    exited,
    speak() {
      speaks = true
      for (const line of heard.splice(0)) console.error(line)
    },
    heard: () => heard,
    stop() {
      child.kill('SIGINT')
      setTimeout(() => child.kill('SIGQUIT'), FAST_MS).unref()
    },
  })
}
