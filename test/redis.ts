// A real Redis for one test file: its own folder and port.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './process/program/kit.ts'

export interface TestRedis {
  readonly port: number
  /** One command over a connection of its own, as text. */
  ask(command: string): Promise<string>
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  start(): Promise<void>
  end(): Promise<void>
}

export async function testRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-redis-'))
  const port = await freePort()
  let child: ChildProcess | undefined
  const ask = (command: string) =>
    new Promise<string>((resolve, reject) => {
      let said = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\nQUIT\r\n`))
      socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')))
      socket.on('data', data => (said += data))
      socket.on('error', reject)
      socket.on('close', () => resolve(said))
    })
  const start = async () => {
    child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
      stdio: 'ignore',
    })
    for (;;) {
      if ((await ask('PING').catch(() => '')).includes('PONG')) return
      await wait(20)
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
    port,
    ask,
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
