// Who listens on a TCP port here: read from /proc, for the sentence that tells a person. Best effort: nothing where /proc or the right is missing.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'

const LISTEN = '0A'

export interface Owner {
  readonly pid: number
  readonly command: string
  /** It is run by a selfheal: ours, or another's, with its state folder, or the folder it was started in. */
  readonly by?: 'us' | { readonly state: string } | { readonly cwd: string }
}

export function listenerPid(port: number): Owner | undefined {
  try {
    const inodes = new Set(
      [...listeningInodes('/proc/net/tcp', port), ...listeningInodes('/proc/net/tcp6', port)].map(inode => `socket:[${inode}]`),
    )
    if (inodes.size === 0) return undefined
    // A held port is its supervisor's and its lives' at once: a life tells more.
    let first: Owner | undefined
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry) || Number(entry) === process.pid || !holds(entry, inodes)) continue
      const by = selfhealOf(entry)
      const owner = { pid: Number(entry), command: commandOf(entry), ...(by === undefined ? {} : { by }) }
      if (by === 'us' || (by !== undefined && 'state' in by)) return owner
      if (first?.by === undefined && (first === undefined || by !== undefined)) first = owner
    }
    return first
  } catch {
    // No /proc (macOS), or not ours to read.
  }
  return undefined
}

/** Whose program it is, by what it was given at its start; a supervisor itself by its command line. */
function selfhealOf(pid: string): Owner['by'] {
  try {
    const ppid = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[1]
    if (Number(ppid) === process.pid) return 'us'
    const env = Object.fromEntries(
      readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .filter(one => one.startsWith('SELFHEAL_'))
        .map(one => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
    )
    const told = JSON.parse(env['SELFHEAL_PRELOAD'] ?? '{}') as { folder?: string }
    const socket = env['SELFHEAL_CONTROL']
    const state = told.folder ?? (socket?.endsWith('/control.sock') === true ? dirname(socket) : undefined)
    if (state !== undefined) return { state }
    const [, script = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    if (/^selfheal(\.js)?$/.test(basename(script)) && (args.includes('run') || args.includes('dev')))
      return { cwd: readlinkSync(`/proc/${pid}/cwd`) }
  } catch {
    // Another user's, or gone.
  }
  return undefined
}

/** Who has it, and how to be rid of it, as two halves of what a person is told. */
export function sayOwner(owner: Owner | undefined): { readonly by: string; readonly stop: string } {
  if (owner === undefined) return { by: '', stop: 'Stop what listens there' }
  const { pid, command, by } = owner
  const who = `pid ${pid} (${command})`
  if (by === undefined) return { by: ` by ${who}`, stop: `Stop it (kill ${pid})` }
  if (by === 'us') return { by: ` by another program of this selfheal, ${who}`, stop: 'Give each its own PORT' }
  const folder = 'cwd' in by ? by.cwd : basename(by.state) === '.selfheal' ? dirname(by.state) : undefined
  return folder === undefined
    ? {
        by: ` by another selfheal (its ${who})`,
        stop: `Stop that one (selfheal stop --state ${(by as { state: string }).state})`,
      }
    : { by: ` by another selfheal, the one in ${folder} (${who})`, stop: `Stop that one (cd ${folder} && npx selfheal stop)` }
}

/** The program's name alone: arguments may hold secrets, and a Node's own name for itself is its thread's. */
function commandOf(pid: string): string {
  const [first = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  return basename(first.split(' ')[0]!) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
}

function listeningInodes(file: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = readFileSync(file, 'utf8').split('\n').slice(1)
  return rows
    .map(row => row.trim().split(/\s+/))
    .filter(f => f[1]?.endsWith(`:${hex}`) && f[3] === LISTEN)
    .map(f => f[9]!)
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => {
      try {
        return inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`))
      } catch {
        return false
      }
    })
  } catch {
    return false
  }
}
