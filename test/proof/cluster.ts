// A real PostgreSQL of its own for the proof and the ledger's tests: the marketplace's, on a free port, in a folder that goes with it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..', '..')

export async function cluster(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const data = mkdtempSync(join(tmpdir(), 'selfheal-ledger-pg-'))
  const port = await freePort()
  const args = [
    '--conditions=@selfheal/source',
    '--disable-warning=ExperimentalWarning',
    join('examples', 'marketplace', 'database.ts'),
  ]
  const env = { ...process.env, MARKETPLACE_DATA: data, PGPORT: String(port) }
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr!.on('data', (text: Buffer) => void (said += text))
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', line => /accepts connections/.test(line) && resolve())
    child.once('exit', code => reject(new Error(`the database ended with ${code}: ${said}`)))
  })
  const password = readFileSync(join(data, 'password'), 'utf8').trim()
  return {
    url: `postgres://marketplace:${password}@127.0.0.1:${port}/marketplace`,
    async stop() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
