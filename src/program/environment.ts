// What a life's environment is made of: the supervisor's own, under it the `.env` file, read anew at every start, over it what we set.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

type Env = Readonly<Record<string, string | undefined>>

/** The values of `.env` in the folder; none when there is no such file. As with `node --env-file`, what the environment has already wins. */
export function readDotEnv(folder: string): Env {
  try {
    return parseEnv(readFileSync(join(folder, '.env'), 'utf8'))
  } catch {
    return {}
  }
}

/** What a Node program's preload is told. */
export interface Told {
  readonly hangMs: number
  readonly exact: boolean
  /** What it has to become ready, when nothing is held that it could listen on. */
  readonly settles?: number
  /** Of the life. */
  readonly path: string
  readonly generation: number
  /** It waits at listen() until it is told to go. */
  readonly spare?: boolean
  /** The state folder. */
  readonly folder?: string | undefined
}

export interface Ours {
  readonly keys: readonly string[]
  /** Descriptor of the link. */
  readonly linkFd: number
  /** For Node programs: where the preload is, and what it is told. */
  readonly preload?: Told & { readonly url: string }
  readonly set: Env
}

const FIRST_FD = 3

/** The environment of one life. Held ports are fd 3…, as systemd has it; LISTEN_PID is set by the launcher. */
export function lifeEnvironment(folder: string, outer: Env, ours: Ours): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...readDotEnv(folder), ...outer, ...ours.set }
  for (const key of [
    'LISTEN_FDS',
    'LISTEN_PID',
    'LISTEN_FDNAMES',
    'NOTIFY_SOCKET',
    'WATCHDOG_USEC',
    'WATCHDOG_PID',
    'NODE_CHANNEL_FD',
  ])
    delete env[key]
  env['SELFHEAL_FD'] = String(ours.linkFd)
  if (ours.keys.length > 0) {
    env['LISTEN_FDS'] = String(ours.keys.length)
    env['LISTEN_FDNAMES'] = ours.keys.map(key => key.replaceAll(':', '_')).join(':')
    env['SELFHEAL_PORTS'] = JSON.stringify(Object.fromEntries(ours.keys.map((key, i) => [key, FIRST_FD + i])))
  }
  if (ours.preload !== undefined) {
    const { url, ...told } = ours.preload
    env['NODE_OPTIONS'] = `${env['NODE_OPTIONS'] ?? ''} --import=${url}`.trim()
    env['SELFHEAL_PRELOAD'] = JSON.stringify(told)
  }
  return env
}
