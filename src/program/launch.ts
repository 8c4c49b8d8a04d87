// One spawn of a program: descriptors in their places, its own process group, and for other languages a guardian that ends the group
// when the supervisor is gone (a Node program has its watchdog for that).
//
//   fd 3 … held ports (as systemd has it) · then the link · then, for a first life without named ports, Node's IPC for the hand-up
import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { SelfhealError } from '../core/index.ts'
import type { Command } from './command.ts'
import { lifeEnvironment, type Told } from './environment.ts'
import type { BareHandle } from './held-port.ts'
import type { Ports } from './ports.ts'

export interface Launch {
  readonly command: Command
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly ports: Ports
  readonly told: Omit<Told, 'exact'>
}
export interface Launched {
  readonly process: ChildProcess
  readonly pid: number
  readonly link: Duplex
  readonly output: readonly Readable[]
}

const FIRST_FD = 3
/** A sibling's hand-up may be on its way. */
const HAND_UP_MS = 1_000
const PRELOAD = new URL(import.meta.url.endsWith('.ts') ? './preload/index.ts' : './preload/index.js', import.meta.url).href

/** Resolves when the process is there. Rejects with SelfhealError SELFHEAL_SPAWN_FAILED, with nothing left behind. */
export async function launch({ command, cwd, env, ports, told }: Launch): Promise<Launched> {
  const held = ports.list()
  const linkFd = FIRST_FD + held.length
  if (!command.node) for (const port of held) await makeBlocking(port.fd)
  const handsUp = command.node && !ports.named && held.length === 0
  const child = spawn('/bin/sh', ['-c', launcher(command, held.length, linkFd), 'selfheal', ...command.argv], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...held.map(port => port.fd), 'pipe', ...(handsUp ? (['ipc'] as const) : [])],
    env: lifeEnvironment(
      cwd,
      { ...process.env, ...command.env },
      {
        keys: held.map(port => port.key),
        linkFd,
        set: env,
        ...(command.node ? { preload: { url: PRELOAD, ...told, exact: !ports.named } } : {}),
      },
    ),
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', error => reject(spawnFailed(command, cwd, error)))
  })
  child.on('error', () => {})
  if (handsUp) takeHandles(child, ports)
  const [, stdout, stderr] = child.stdio as unknown as [null, Readable, Readable]
  return { process: child, pid: child.pid!, link: child.stdio[linkFd] as unknown as Duplex, output: [stdout, stderr] }
}

/** sh sets LISTEN_PID and becomes the program by exec, so the pid and the group's leader are the program's own. */
function launcher(command: Command, portCount: number, linkFd: number): string {
  const pid = portCount > 0 ? 'export LISTEN_PID=$$; ' : ''
  if (command.node) return `${pid}exec "$@"`
  const notMine = Array.from({ length: portCount }, (_, i) => `${FIRST_FD + i}<&-`).join(' ')
  // Twice in the background: it must not be a child that the program could wait for.
  const guardian = `( ( while read -r _; do :; done; kill -KILL 0 ) <&${linkFd} >/dev/null 2>&1 ${notMine} & )`
  return linkFd > 9 ? `${pid}exec "$@"` : `${guardian}; ${pid}exec "$@"`
}

/** A blocking accept, as Python's, fails on a non-blocking socket. As somebody's stdin the flag is cleared, for all that share the socket. */
function makeBlocking(fd: number): Promise<void> {
  return new Promise(resolve => {
    const child = spawn('/bin/sh', ['-c', ':'], { stdio: [fd, 'ignore', 'ignore'] })
    child.once('exit', () => resolve()).once('error', () => resolve())
  })
}

/** Lives that were begun before any port of theirs was held: what one of them opens, the others share. */
const siblings = new WeakMap<Ports, Set<ChildProcess>>()

function takeHandles(child: ChildProcess, ports: Ports): void {
  const channel = child as unknown as {
    on(name: 'internalMessage', fn: (message: Record<string, unknown>, handle: unknown) => void): void
  }
  const now = siblings.get(ports) ?? new Set()
  siblings.set(ports, now.add(child))
  child.once('exit', () => now.delete(child))
  channel.on('internalMessage', (message, handle) => {
    if (message['cmd'] === 'NODE_SELFHEAL_ASK') {
      const key = String(message['key'])
      void ports.whenHeld(key, now.size > 1 ? HAND_UP_MS : 0).then(port => {
        if (child.connected) child.send({ cmd: 'NODE_SELFHEAL_HELD', key }, port?.handle as never, { keepOpen: true }, () => {})
      })
    }
    if (message['cmd'] !== 'NODE_SELFHEAL_LISTEN' || handle === undefined || handle === null) return
    ports.adopt(String(message['key']), message['at'] as { host?: string; port?: number; path?: string }, handle as BareHandle)
  })
  // The channel alone must not keep the supervisor alive, nor may its end be an error.
  child.channel?.unref?.()
}

function spawnFailed(command: Command, cwd: string, cause: Error & { code?: string }): SelfhealError {
  const folder = cause.code === 'ENOENT' ? ` (is there a folder ${cwd}?)` : ''
  return new SelfhealError(
    'SELFHEAL_SPAWN_FAILED',
    `'${command.says}' could not be started: ${cause.message}${folder}`,
    'Has the machine processes and memory left? See: ulimit -u; free -m',
    cause,
  )
}
