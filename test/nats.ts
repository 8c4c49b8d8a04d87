// A real nats-server with JetStream for one test file: its own folder and port.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './process/program/kit.ts'

export interface TestNats {
  readonly port: number
  freeze(): void
  thaw(): void
  end(): Promise<void>
}

export async function testNats(): Promise<TestNats> {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-nats-'))
  const port = await freePort()
  const child: ChildProcess = spawn('nats-server', ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', folder], {
    stdio: 'ignore',
  })
  const greets = () =>
    new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.setTimeout(2_000, () => socket.destroy())
      socket.once('data', data => {
        resolve(String(data).includes('"jetstream":true'))
        socket.destroy()
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(false))
    })
  while (!(await greets())) {
    if (child.exitCode !== null) throw new Error(`nats-server ended at its start with ${child.exitCode}`)
    await wait(25)
  }
  return Object.freeze({
    port,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async end() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  })
}
