// Starts what is measured, and ends all of it: each in a process group of its own, its words kept in case it fails.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { ask } from './load.ts'

export interface Running {
  readonly child: ChildProcess
  said(): string
  stop(): Promise<void>
}

// Told to stop, it leaves nobody behind; unless the benchmark itself sees to that.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => process.listenerCount(signal) === 1 && process.exit(1))

export function start(command: string, words: readonly string[], env: Readonly<Record<string, string>>, cwd?: string): Running {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const child = spawn(command, words, {
    env: { ...inherited, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (data: Buffer) => (said = `${said}${data}`.slice(-8_000)))
  const ended = once(child, 'exit')
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // Gone.
    }
  }
  const atExit = () => kill('SIGKILL')
  process.once('exit', atExit)
  return {
    child,
    said: () => said,
    async stop() {
      child.kill('SIGTERM')
      const late = setTimeout(() => kill('SIGKILL'), 15_000)
      await ended
      clearTimeout(late)
      kill('SIGKILL')
      process.off('exit', atExit)
    },
  }
}

/** A port that nobody listens on, outside the range the kernel gives to callers. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer()
    const got = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!got) continue
    await new Promise(resolve => server.close(resolve))
    return port
  }
}

/** Waits for the first answer on the port. */
export async function serving(port: number, said: () => string, limitMs = 30_000): Promise<number> {
  const until = performance.now() + limitMs
  while (performance.now() < until) {
    const { pid } = await ask(port, -1, performance.now(), 5_000)
    if (pid !== undefined) return pid
    await wait(50)
  }
  throw new Error(`nothing serves on port ${port}:\n${said()}`)
}
