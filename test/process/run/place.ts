// A temp project in which selfheal runs, asked by its control socket: quicker than its commands, which have tests of their own. What it
// started is asked to stop at the end of the test, then killed, and the folder removed.
import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { controlClient } from 'selfheal/control'
import type { Entry, Query } from 'selfheal/journal'
import { node } from '../../node.ts'
import { endOf, isAlive, until } from '../program/kit.ts'

const root = dirname(dirname(dirname(import.meta.dirname)))
export const bin = join(root, 'bin/selfheal.js')
const STOP_MS = 20_000
const PATIENCE_MS = 60_000

export interface Facts {
  readonly id: string
  readonly pid: number | null
  readonly generation: number
  readonly state: string
  readonly restarts: number
  readonly urls: readonly string[]
}
export interface Running {
  readonly process: ChildProcess
  readonly pid: number
  /** All it has said, on stdout and stderr. */
  text(): string
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>
  says(pattern: RegExp): Promise<void>
}
export interface Place {
  readonly folder: string
  write(name: string, text: string): void
  /** selfheal run with these arguments. */
  run(...args: readonly string[]): Running
  /** Any command, in the place; killed at the end of the test. */
  start(command: readonly string[], options?: SpawnOptions): Running
  /** selfheal with these arguments, to its end. */
  cli(args: readonly string[], options?: { readonly cwd?: string; readonly wrap?: readonly string[] }): Promise<Said>
  /** The program's facts, as status shows them; undefined while nothing runs. */
  facts(id?: string): Promise<Facts | undefined>
  ready(generation?: number, id?: string): Promise<void>
  /** kill -9 of the life that serves; resolves when it is dead. */
  kill(id?: string): Promise<void>
  act(verb: string, id?: string): Promise<unknown>
  /** A verb of the whole, on these programs or on all. */
  whole(verb: string, ...programs: readonly string[]): Promise<unknown>
  journal(query?: Query): Promise<readonly Entry[]>
}
export interface Said {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** The environment of a person at a terminal, not of a test under selfheal's own sources. */
export function personsEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, PORT: __, NODE_TEST_CONTEXT: ___, ...env } = process.env
  return { ...env, ...more }
}

export function place(t: TestContext, files: Readonly<Record<string, string>> = {}, pack: object = {}): Place {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'selfheal-run-')))
  const started: ChildProcess[] = []
  t.after(async () => {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([gone, wait(STOP_MS, undefined, { ref: false }).then(() => child.kill('SIGKILL'))])
    }
    rmSync(folder, { recursive: true, force: true })
  })
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  write('package.json', JSON.stringify({ name: 'shop', type: 'module', ...pack }))
  for (const [name, text] of Object.entries(files)) write(name, text)

  const client = () => controlClient(join(folder, '.selfheal'))
  const facts = async (id?: string) => {
    const shown = await client()
      .parts()
      .catch(() => undefined)
    const programs = shown?.parts.filter(part => part.kind === 'program').map(part => part.snapshot as unknown as Facts)
    return programs?.find(one => id === undefined || one.id === id)
  }
  const start = (command: readonly string[], options: SpawnOptions = {}): Running => {
    const child = spawn(command[0]!, command.slice(1), {
      cwd: folder,
      env: personsEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    })
    started.push(child)
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
    return {
      process: child,
      pid: child.pid!,
      text: () => text,
      ended: endOf(child),
      says: pattern =>
        until(`${pattern} to be said`, () => pattern.test(text)).catch(error => {
          throw new Error(`${error.message}; said was:\n${text}`)
        }),
    }
  }

  return {
    folder,
    write,
    start,
    facts,
    run: (...args) => start([node, bin, 'run', ...args]),
    cli: (args, { cwd = folder, wrap = [] } = {}) =>
      new Promise(resolve => {
        const [file, ...rest] = [...wrap, node, bin, ...args]
        const options = { cwd, env: personsEnv(), timeout: PATIENCE_MS, maxBuffer: 16 * 1024 * 1024 }
        const child = execFile(file!, rest, options, (_error, out, err) => resolve({ status: child.exitCode ?? -1, out, err }))
      }),
    ready: (generation = 1, id) =>
      until(`generation ${generation} of ${id ?? 'the program'} to be ready`, async () => {
        const now = await facts(id)
        return now?.state === 'ready' && now.generation >= generation
      }),
    async kill(id) {
      const { pid } = (await facts(id))!
      process.kill(pid!, 'SIGKILL')
      await until(`pid ${pid} to be dead`, () => !isAlive(pid!))
    },
    async act(verb, id = 'shop') {
      return client().act(`shop/${id}`, verb, null, { by: 'test', why: 'a test' })
    },
    async whole(verb, ...programs) {
      return client().act('shop', verb, { programs }, { by: 'test', why: 'a test' })
    },
    async journal(query = {}) {
      const asked = { level: 'debug', limit: 10_000, ...query } as const
      return (await client().act('shop/journal', 'query', asked as never, { by: 'test', why: 'a test' })) as unknown as Entry[]
    },
  }
}
