// What the process tests of `selfheal run` share: a temp project, selfheal running in it, its callers, and an end that leaves nothing.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { controlClient } from 'selfheal/control'

const root = dirname(dirname(dirname(import.meta.dirname)))
const bin = join(root, 'bin/selfheal.js')
const PATIENCE_MS = 30_000
const LAST_WORDS_MS = 1_000

export interface Project {
  readonly folder: string
  write(name: string, text: string): void
  /** selfheal with these arguments, to its end. */
  cli(...args: readonly string[]): Promise<{ readonly status: number; readonly out: string; readonly err: string }>
  /** selfheal run with these arguments; resolves at once. */
  run(...args: readonly string[]): Run
}
export interface Run {
  readonly process: ChildProcess
  text(): string
  exited: Promise<number | null>
  /** Resolves when the text has been said. */
  says(pattern: RegExp): Promise<void>
}
export interface Facts {
  readonly pid: number | null
  readonly generation: number
  readonly state: string
  readonly urls: readonly string[]
}

export function project(t: TestContext, files: Readonly<Record<string, string>> = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-program-'))
  const runs: ChildProcess[] = []
  t.after(async () => {
    for (const one of runs) {
      if (one.exitCode !== null || one.signalCode !== null) continue
      const gone = once(one, 'exit')
      one.kill('SIGTERM')
      await Promise.race([gone, wait(15_000).then(() => one.kill('SIGKILL'))])
    }
    rmSync(folder, { recursive: true, force: true })
  })
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('package.json', JSON.stringify({ name: 'shop', type: 'module', scripts: { start: 'node app.mjs' } }))
  for (const [name, text] of Object.entries(files)) write(name, text)
  const { NODE_OPTIONS: _, PORT: __, ...env } = process.env
  return {
    folder,
    write,
    cli: (...args) =>
      new Promise(resolve => {
        const options = { cwd: folder, env, timeout: PATIENCE_MS, maxBuffer: 16 * 1024 * 1024 }
        const child = execFile(process.execPath, [bin, ...args], options, (_error, out, err) =>
          resolve({ status: child.exitCode ?? -1, out, err }),
        )
      }),
    run(...args) {
      const child = spawn(process.execPath, [bin, 'run', ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
      runs.push(child)
      let text = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk))
      return {
        process: child,
        text: () => text,
        exited: endOf(child).then(end => (typeof end === 'number' ? end : null)),
        says: pattern => until(`"${pattern}" to be said, not:\n${text}`, () => pattern.test(text)),
      }
    },
  }
}

/** The program's part, as status shows it: asked on the control socket, which is quicker than the command. */
export async function facts(p: Project): Promise<Facts | undefined> {
  const shown = await controlClient(join(p.folder, '.selfheal'))
    .parts()
    .catch(() => undefined)
  return shown?.parts.find(part => part.kind === 'program')?.snapshot as unknown as Facts | undefined
}

export async function until(what: string, true_: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await true_()); await wait(25))
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export interface Answer {
  readonly kind: 'ok' | 'refused' | 'reset' | 'other'
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, unknown>>
}

/** One request on a connection of its own, to a port of 127.0.0.1, a unix socket, or another address. Never rejects. */
export function ask(
  to: number | string | { readonly host: string; readonly port: number },
  path = '/',
  headers: Record<string, string> = {},
): Promise<Answer> {
  const where = typeof to === 'number' ? { host: '127.0.0.1', port: to } : typeof to === 'string' ? { socketPath: to } : { ...to }
  return new Promise(resolve => {
    const asked = request({ ...where, path, headers, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', chunk => {
        body += chunk
      })
      response.on('end', () => resolve({ kind: 'ok', status: response.statusCode ?? 0, body, headers: response.headers }))
      response.on('error', () => resolve({ kind: 'reset' }))
    })
    asked.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: error.code === 'ECONNREFUSED' ? 'refused' : error.code === 'ECONNRESET' ? 'reset' : 'other' }),
    )
    asked.setTimeout(PATIENCE_MS, () => asked.destroy())
    asked.end()
  })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Answers with its pid; does what the path says. */
export const APP = `import http from 'node:http'
const paths = {
  '/throw': () => setTimeout(() => { throw new TypeError('boom') }),
  '/reject': () => { Promise.reject(new Error('floating')) },
  '/exit': () => process.exit(7),
  '/hang': function stuckHere() { for (;;); },
  '/leak': () => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)) },
}
http.createServer((request, response) => {
  const act = paths[request.url]
  if (act) return act()
  if (request.url === '/slow') return setTimeout(() => response.end('slow ' + process.pid), 500)
  response.end(String(process.pid))
}).listen(process.env.PORT ?? Number(process.argv[2]))
`

/** Its exit code or signal, once its last words are here too; what it left behind may hold the pipe open, and is not waited for. */
export async function endOf(child: ChildProcess): Promise<number | string | null> {
  const closed = once(child, 'close').catch(() => {})
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  await Promise.race([closed, wait(LAST_WORDS_MS, undefined, { ref: false })])
  return code ?? signal
}
