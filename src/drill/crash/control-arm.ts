// The control arm: the same program, bare, on a free port, with nobody to restart it. Shows what supervision buys. It ends with the drill,
// a kill -9 of the drill included.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { type Clock, SelfhealError, systemClock } from '../../core/index.ts'
import { readCommand } from '../../program/index.ts'
import { asker } from './request.ts'
import type { Serving, Target } from './target.ts'

export interface ControlArmOptions {
  readonly name: string
  /** An argv, or text as a shell would read it. */
  readonly command: string | readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Where it is asked whether it serves yet. */
  readonly path: string
  /** How long it may take to answer first. Default 30 s. */
  readonly withinMs?: number
  readonly clock?: Clock
  readonly signal?: AbortSignal
}

const LOOK_MS = 50
const TAIL = 2_000
/** Reads until the drill is gone, by whatever end, then kills the group: itself and the program. */
const LEASE = '( ( while read -r _; do :; done; kill -KILL 0 ) <&3 >/dev/null 2>&1 & ); exec "$@" 3<&-'
/** Set by a supervisor for its own program only. */
const NOT_ITS_OWN = [
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_FDNAMES',
  'SELFHEAL_FD',
  'SELFHEAL_PORTS',
  'SELFHEAL_PRELOAD',
  'NOTIFY_SOCKET',
]

/** Resolves when it answers. Rejects, with nothing left behind, when it does not, or `signal` aborts. */
export async function controlArm(options: ControlArmOptions): Promise<Target> {
  const { name, cwd, path, withinMs = 30_000, clock = systemClock, signal } = options
  const command = readCommand(options.command, cwd)
  const port = await freePort()
  const env: NodeJS.ProcessEnv = { ...dotEnv(cwd), ...process.env, ...command.env, ...options.env, PORT: String(port) }
  for (const key of NOT_ITS_OWN) delete env[key]
  const child = spawn('/bin/sh', ['-c', LEASE, 'selfheal-drill', ...command.argv], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let tail = ''
  let gone = false
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', data => (tail = (tail + data).slice(-TAIL)))
  const exited = new Promise<void>(resolve => {
    const end = () => {
      gone = true
      resolve()
    }
    child.once('exit', end).once('error', end)
  })
  const kill = (how: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, how)
    } catch {
      // Nobody of the group is left.
    }
  }
  const close = async () => {
    kill('SIGKILL')
    await exited
    for (const stream of child.stdio) stream?.destroy()
  }
  const url = `http://127.0.0.1:${port}`
  try {
    const ask = asker({ url, path, timeoutMs: 2_000 })
    const endMs = clock.now() + withinMs
    for (;;) {
      const { kind } = await ask()
      if (!gone && ['ok', '4xx', '5xx'].includes(kind)) break
      if (gone || signal?.aborted || clock.now() > endMs) throw notServing(name, gone, port, tail)
      await new Promise<void>(resolve => void clock.after(LOOK_MS, resolve))
    }
  } catch (error) {
    await close()
    throw error
  }
  return Object.freeze({
    arm: 'control' as const,
    name,
    url,
    serving: async () => (gone ? undefined : { pid: child.pid!, generation: 1 }),
    // Nobody looks after it: that is what it is for.
    onExit: () => () => {},
    signal: (_life: Serving, how: NodeJS.Signals) => kill(how),
    close,
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function dotEnv(folder: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(join(folder, '.env'), 'utf8'))
  } catch {
    return {}
  }
}

function notServing(name: string, gone: boolean, port: number, tail: string): SelfhealError {
  const says = tail.trim() === '' ? '' : ` It said last:\n${tail.trim()}`
  return new SelfhealError(
    'SELFHEAL_DRILL_NOT_SERVING',
    `${name}, bare, ${gone ? 'ended before it answered' : 'does not answer'} on port ${port}.${says}`,
    'The control arm gives it a free port in PORT: it must listen there, and find what it needs (a database) already running.',
  )
}
