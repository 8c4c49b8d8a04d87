// A copy: the programs of the configuration once more, for one drill, under a selfheal of their own, on other ports, in a folder that goes
// with it. Nobody's customers use it, so anything may be broken. It ends with the drill, a kill -9 of the drill included.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { controlClient } from '../../control/index.ts'
import { type Pattern, SelfhealError, WITHOUT } from '../../core/index.ts'
import { chooseProgram } from '../crash/supervised.ts'
import { proxyProcess, type RemoteProxy } from '../proxy/remote.ts'
import type { DrillSettings } from '../settings.ts'
import { addressOf, mapPrograms, onPorts, type Programs, portsOf, readdressed, withEnv } from './rewrite.ts'
import { programsOf, readyProgram, type Stage } from './stage.ts'

export interface CopyOptions {
  /** The configuration file. */
  readonly config: string
  readonly name: string
  /** Of the command line that is to run it: bin/selfheal.js. */
  readonly bin: string
  readonly settings: DrillSettings
  readonly without?: readonly Pattern[]
  /** All of them are guarded without code: by `selfheal run --auto`. What the configuration says of one goes with it. */
  readonly auto?: boolean
  /** How long it may take until all its programs are ready. Default 60 s. */
  readonly withinMs?: number
  readonly signal?: AbortSignal
}

const TAIL = 2_000
const STOP_MS = 20_000
const NOT_SERVING = 'SELFHEAL_DRILL_NOT_SERVING'
const DEPLOYED = 'deployed.mjs'

/** A port that was free a moment ago was taken by somebody else in between: other ports are tried. */
const TRIES = 3
const TAKEN = /EADDRINUSE|address already in use|another program listens there|port \d+ is taken/i

/** Resolves when all is ready. Rejects, with nothing left behind, when it does not come to that. */
export async function copy(options: CopyOptions): Promise<Stage> {
  for (let left = TRIES; ; left--) {
    try {
      return await copyOnce(options)
    } catch (error) {
      const taken = error instanceof SelfhealError && error.code === NOT_SERVING && TAKEN.test(error.message)
      if (!taken || left === 1 || options.signal?.aborted) throw error
    }
  }
}

async function copyOnce(options: CopyOptions): Promise<Stage> {
  const { config, name, bin, settings, without = [], auto = false, withinMs = 60_000, signal } = options
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-copy-'))
  const undo: (() => Promise<unknown> | unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const one of undo.splice(0).reverse()) await one()
  }
  try {
    // ── 1. What it runs: the configuration, read in the copy's own environment
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...(typeof settings.env === 'function' ? settings.env({ folder }) : settings.env),
    }
    delete env['SELFHEAL_STATE']
    if (without.length > 0) env[WITHOUT] = without.join(',')
    const given = mapPrograms(readPrograms(config, env), one => ({ ...one, cwd: resolve(dirname(config), one.cwd ?? '.') }))
    let programs = onPorts(given, await freePorts(portsOf(given)))

    // ── 2. A proxy in each connection that may be broken
    const proxies = new Map<string, RemoteProxy>()
    for (const [id, { program, env: variable }] of Object.entries(settings.proxies ?? {})) {
      const url = programs[program]?.env?.[variable] ?? env[variable]
      const to = url === undefined ? undefined : addressOf(url)
      if (url === undefined || to === undefined) throw noAddress(id, program, variable, url)
      const proxy = await proxyProcess({ to })
      undo.push(() => proxy.close())
      proxies.set(id, proxy)
      programs = withEnv(programs, program, { [variable]: readdressed(url, proxy.address) })
    }

    // ── 3. Its selfheal
    const deployed = join(folder, DEPLOYED)
    writeFileSync(deployed, '')
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, type: 'module' }))
    programs = mapPrograms(programs, (one, id) => ({
      ...one,
      env: {
        ...one.env,
        SELFHEAL_DRILL_PROGRAM: id,
        NODE_OPTIONS: `${one.env?.['NODE_OPTIONS'] ?? env['NODE_OPTIONS'] ?? ''} --import=${pathToFileURL(deployed)}`.trim(),
      },
    }))
    const file = join(folder, 'selfheal.config.mjs')
    writeFileSync(file, `export default ${JSON.stringify({ programs })}\n`, { mode: 0o600 })
    const state = join(folder, 'state')
    mkdirSync(state, { mode: 0o700 })
    const log = join(folder, 'out.log')
    const out = openSync(log, 'a')
    const child = spawn(
      process.execPath,
      [bin, 'run', ...(auto ? ['--auto'] : []), '--config', file, '--state', state, '--with-parent'],
      {
        cwd: folder,
        env,
        detached: true,
        stdio: ['ignore', out, out],
      },
    )
    closeSync(out)
    const exited = once(child, 'exit')
    undo.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await exited
      clearTimeout(late)
    })
    const client = controlClient(state)
    const endMs = performance.now() + withinMs
    const ready = async () => (await programsOf(client).catch(() => [])).filter(one => one.state === 'ready').length
    while ((await ready()) < Object.keys(programs).length) {
      const said = readFileSync(log, 'utf8')
      // Its restarts would ask for the same port again and again.
      if (signal?.aborted || child.exitCode !== null || TAKEN.test(said) || performance.now() > endMs)
        throw notReady(name, child.exitCode !== null, said)
      await new Promise(done => setTimeout(done, 100))
    }
    const { path, snapshot } = chooseProgram((await client.parts()).parts, settings.program)
    const mine = new Set<number>()
    return Object.freeze({
      kind: 'copy' as const,
      name: path.split('/')[0]!,
      url: snapshot.urls[0]!,
      client,
      folder,
      programs: () => programsOf(client),
      program: (id: string) => readyProgram(client, id),
      env: async (id: string) => ({ ...env, ...programs[id]?.env }),
      proxy(id: string) {
        const found = proxies.get(id)
        if (found !== undefined) return found
        throw new SelfhealError(
          'SELFHEAL_DRILL_FAULT',
          `No connection is called '${id}'.`,
          `Name it in the configuration: drills: { proxies: { ${id}: { program: 'app', env: 'DATABASE_URL' } } }`,
        )
      },
      own: (pid: number) => void mine.add(pid),
      owned: (pid: number) => mine.has(pid),
      deploy: (code: string) => writeFileSync(deployed, code),
      close,
    })
  } catch (error) {
    await close()
    throw error
  }
}

/** By a process of its own: what the configuration reads at its first import may not be this process's. */
function readPrograms(config: string, env: NodeJS.ProcessEnv): Programs {
  const code = `const { default: c } = await import(${JSON.stringify(pathToFileURL(config).href)}); process.stdout.write(JSON.stringify(c.programs ?? {}))`
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code],
    { env, encoding: 'utf8', cwd: dirname(config), timeout: 30_000 },
  )
  if (status === 0 && stdout !== '{}') return JSON.parse(stdout) as Programs
  throw new SelfhealError(
    'SELFHEAL_CONFIG_UNREADABLE',
    status === 0
      ? `${config} has no programs: there is nothing to make a copy of.`
      : `${config} can't be read for a copy: ${error?.message ?? stderr.trim().slice(-TAIL)}`,
    status === 0
      ? "Name them: programs: { app: { run: 'node server.js', ports: [3000] } }"
      : 'Mend it, or what drills.env gives it.',
  )
}

async function freePorts(wanted: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const servers = await Promise.all(
    wanted.map(async () => {
      const server = createServer().listen(0)
      await once(server, 'listening')
      return server
    }),
  )
  const free = servers.map(server => (server.address() as { port: number }).port)
  for (const server of servers) server.close()
  return new Map(wanted.map((port, i) => [port, free[i]!]))
}

const noAddress = (id: string, program: string, variable: string, url: string | undefined) =>
  new SelfhealError(
    'SELFHEAL_CONFIG',
    url === undefined
      ? `drills.proxies.${id}: ${program} has no ${variable} in its environment.`
      : `drills.proxies.${id}: ${variable} of ${program} is no address with a host and a port.`,
    "Set it in the configuration, under the program's env, as in: postgres://user@host:5432/name",
  )

function notReady(name: string, ended: boolean, log: string): SelfhealError {
  return new SelfhealError(
    NOT_SERVING,
    `The copy of ${name} ${ended ? 'ended before it was ready' : 'was not ready in time'}. It said last:\n${log.slice(-TAIL).trim()}`,
    'A copy needs ports, data and databases of its own: give it those with drills: { env: … } in the configuration.',
  )
}
