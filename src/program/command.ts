// From what a person types to what is spawned. `npm start` and `npx` close inherited descriptors, so the script's own command is run
// instead of them. Tells Node programs, which get the preload, from programs of other languages, which get LISTEN_FDS alone.
import { accessSync, closeSync, constants, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { SelfhealError } from '../core/index.ts'

export interface Command {
  readonly argv: readonly string[]
  /** argv is `sh -c …`: an exit code of 128 + n is a signal. */
  readonly byShell: boolean
  readonly node: boolean
  /** Added to the environment: PATH with node_modules/.bin, npm's own variables for a script. */
  readonly env: Readonly<Record<string, string>>
  /** What a person would call it. */
  readonly says: string
}

const SEVERAL = /[;&|(){}\n]/
const BUILTIN = /^\s*(\w+=|(cd|export|set|if|for|while|case|until|\.|eval|exec|umask|ulimit|trap|source)(\s|$))/
const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh'])
/** What only starts another program, named among its arguments. */
const WRAPPERS = new Set([
  ...SHELLS,
  'env',
  'nice',
  'ionice',
  'nohup',
  'time',
  'timeout',
  'stdbuf',
  'setpriv',
  'taskset',
  'dumb-init',
  'tini',
])
const RUNNERS = new Set(['npm', 'pnpm', 'yarn', 'bun'])
const EXECUTORS: Readonly<Record<string, readonly string[]>> = {
  npm: ['exec', 'x'],
  pnpm: ['exec', 'dlx'],
  yarn: ['exec'],
  bun: ['x'],
}
/** yarn and pnpm run scripts by name alone; npm does so for these. */
const NPM_SHORT = new Set(['start', 'test', 'stop', 'restart'])
const SHELL_SYNTAX = /[|&;<>()$`\\*?[\]#~%\n]|^\s*\w+=/

/** Reads a command line (text is read as a shell would) or an argv. Throws SelfhealError SELFHEAL_COMMAND_NOT_FOUND, SELFHEAL_SCRIPT_NOT_FOUND. */
export function readCommand(command: string | readonly string[], cwd: string, outer: NodeJS.ProcessEnv = process.env): Command {
  const env = { PATH: binPath(cwd, outer['PATH'] ?? '/usr/local/bin:/usr/bin:/bin') }
  if (typeof command === 'string') {
    if (SHELL_SYNTAX.test(command)) return shell(command, cwd, env, command)
    return readCommand(words(command), cwd, outer)
  }
  const [program, ...args] = command
  if (program === undefined || program === '') throw notFound('', 'no command was given')
  const script = scriptOf(program, args, cwd)
  if (script !== undefined) return shell(script.line, cwd, { ...env, ...script.env }, command.join(' '))
  const runs = executable(program, args)
  const file = which(runs[0]!, cwd, env.PATH)
  if (file === undefined) throw notFound(runs[0]!, `'${runs[0]}' was not found`)
  const wraps = WRAPPERS.has(basename(file))
  const node = isNode(file) || (wraps && mentionsNode(runs.slice(1).join(' '), cwd, env.PATH))
  return { argv: [file, ...runs.slice(1)], byShell: SHELLS.has(basename(file)), node, env, says: command.join(' ') }
}

function shell(line: string, cwd: string, env: { PATH: string }, says: string): Command {
  const node = mentionsNode(line, cwd, env.PATH)
  // One command: the shell becomes it, so that signals and exit codes are the program's own.
  const single = !SEVERAL.test(line) && !BUILTIN.test(line)
  return { argv: ['/bin/sh', '-c', single ? `exec ${line}` : line], byShell: !single, node, env, says }
}

function mentionsNode(line: string, cwd: string, path: string): boolean {
  return line.split(/[\s;&|()'"]+/).some(word => {
    const file = word === '' || word.startsWith('-') ? undefined : which(word, cwd, path)
    return file !== undefined && isNode(file)
  })
}

/** The package.json script behind `npm start`, `npm run x`, `yarn x`, `pnpm x`; undefined when it is none. */
function scriptOf(
  program: string,
  args: readonly string[],
  cwd: string,
): { readonly line: string; readonly env: Record<string, string> } | undefined {
  const runner = basename(program)
  if (!RUNNERS.has(runner)) return undefined
  const runs = args[0] === 'run' || args[0] === 'run-script'
  const name = runs ? args[1] : args[0]
  if (name === undefined || name.startsWith('-') || EXECUTORS[runner]!.includes(name)) return undefined
  if (!runs && runner === 'npm' && !NPM_SHORT.has(name)) return undefined
  const file = findUp(cwd, 'package.json')
  const pack =
    file === undefined
      ? {}
      : (JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string; scripts?: Record<string, string> })
  const script = pack.scripts?.[name]
  if (script === undefined) {
    if (!runs && !NPM_SHORT.has(name)) return undefined
    const known = Object.keys(pack.scripts ?? {})
    throw new SelfhealError(
      'SELFHEAL_SCRIPT_NOT_FOUND',
      `package.json has no script '${name}'.`,
      known.length === 0 ? 'It has no scripts at all: give the command itself.' : `It has: ${known.join(', ')}.`,
    )
  }
  const rest = args.slice(runs ? 2 : 1)
  const extra = (rest[0] === '--' ? rest.slice(1) : rest).map(quote)
  const before = pack.scripts?.[`pre${name}`]
  const line = [script, ...extra].join(' ')
  return {
    line: before === undefined ? line : `{ ${before}\n} && ${line}`,
    env: {
      npm_lifecycle_event: name,
      npm_package_name: pack.name ?? '',
      npm_package_version: pack.version ?? '',
      npm_package_json: file ?? '',
    },
  }
}

/** `npx x`, `npm exec x`, `pnpm exec x` → x, which is found in node_modules/.bin. */
function executable(program: string, args: readonly string[]): readonly string[] {
  const name = basename(program)
  const inner = name === 'npx' || name === 'bunx' ? args : EXECUTORS[name]?.includes(args[0] ?? '') ? args.slice(1) : undefined
  if (inner === undefined) return [program, ...args]
  const rest = inner.filter((arg, i) => !(arg === '--' && i === 0) && !/^(-y|--yes|--no-install|--no)$/.test(arg))
  return rest.length === 0 ? [program, ...args] : rest
}

function isNode(file: string): boolean {
  if (/^node(js)?(\.exe)?$/.test(basename(file))) return true
  try {
    if (!statSync(file).isFile()) return false
    const fd = openSync(file, 'r')
    try {
      const head = Buffer.alloc(4096)
      const text = head.toString('utf8', 0, readSync(fd, head, 0, 4096, 0))
      // A script of its own kind, or a shell's that runs node.
      return /^#!.*\b(node|tsx)\b/.test(text) || (/^#!.*sh\b/.test(text) && /^[^#\n]*\bnode"?\s/m.test(text))
    } finally {
      closeSync(fd)
    }
  } catch {
    return false
  }
}

function which(name: string, cwd: string, path: string): string | undefined {
  const candidates = name.includes('/') ? [resolve(cwd, name)] : path.split(delimiter).map(folder => join(folder, name))
  return candidates.find(file => {
    try {
      accessSync(file, constants.X_OK)
      return statSync(file).isFile()
    } catch {
      return false
    }
  })
}

function binPath(cwd: string, path: string): string {
  const bins: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const bin = join(folder, 'node_modules', '.bin')
    if (existsSync(bin)) bins.push(bin)
    if (dirname(folder) === folder) return [...bins, path].join(delimiter)
  }
}

function findUp(from: string, name: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name)
    if (dirname(folder) === folder) return undefined
  }
}

function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(m => m[1] ?? m[2] ?? m[3]!)
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function notFound(name: string, says: string): SelfhealError {
  return new SelfhealError(
    'SELFHEAL_COMMAND_NOT_FOUND',
    `Nothing to run: ${says}.`,
    name === ''
      ? 'Give a command, as in: selfheal run node app.js'
      : 'Is it spelled right, installed, and executable? A file needs its path, as in ./app.',
  )
}
