// Starts and stops the marketplace's programs bare, with nothing of selfheal around them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { node } from '../../node.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const running = new Set<ChildProcess>()

export interface Marketplace {
  readonly data: string
  readonly origin: string
  readonly database: ChildProcess
  readonly databaseEnv: Readonly<Record<string, string>>
  readonly appEnv: Readonly<Record<string, string>>
}

/** A database and an app on random ports, with data of their own. */
export async function marketplace(): Promise<Marketplace> {
  const data = mkdtempSync(join(tmpdir(), 'marketplace-test-'))
  const [port, databasePort] = [await freePort(), await freePort()]
  const databaseEnv = { MARKETPLACE_DATA: data, PGPORT: String(databasePort) }
  const database = await program('database.ts', databaseEnv, /accepts connections/)
  const password = readFileSync(join(data, 'password'), 'utf8')
  const appEnv = { PORT: String(port), DATABASE_URL: `postgres://marketplace:${password}@127.0.0.1:${databasePort}/marketplace` }
  // Two lives that boot at the same time bring an empty database up to date once between them.
  const other = program('app.ts', { ...appEnv, PORT: String(await freePort()) }, /^Marketplace on/)
  await Promise.all([program('app.ts', appEnv, /^Marketplace on/), other])
  await stop(await other)
  return { data, origin: `http://localhost:${port}`, database, databaseEnv, appEnv }
}

/** Ends everything, the newest first; the exit codes. */
export async function endAll(data: string): Promise<(number | null)[]> {
  const codes: (number | null)[] = []
  for (const child of [...running].reverse()) codes.push(await stop(child))
  rmSync(data, { recursive: true, force: true })
  return codes
}

function launch(
  file: string,
  env: Record<string, string>,
  words: readonly string[] = [],
): { child: ChildProcess; said: string[] } {
  const args = [
    '--conditions=@selfheal/source',
    '--disable-warning=ExperimentalWarning',
    join('examples', 'marketplace', file),
    ...words,
  ]
  const child = spawn(node, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const said: string[] = []
  for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', line => said.push(line))
  return { child, said }
}

/** Starts a program of the marketplace; resolves when it has said the line. */
export function program(
  file: string,
  env: Record<string, string>,
  line: RegExp,
  ...words: readonly string[]
): Promise<ChildProcess> {
  const { child, said } = launch(file, env, words)
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', text => line.test(text) && resolve(child))
    child.once('exit', code => reject(new Error(`${file} ended with ${code} before it was ready:\n${said.join('\n')}`)))
  })
}

/** Starts one that is to fail. */
export async function failing(file: string, env: Record<string, string>): Promise<{ code: number; said: string }> {
  const { child, said } = launch(file, env)
  const [code] = await once(child, 'close')
  return { code, said: said.join('\n') }
}

export async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  return code
}

export function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
