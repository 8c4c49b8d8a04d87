// Who runs on a data folder: PostgreSQL writes its process id into postmaster.pid, and after a kill -9 that file stays behind.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseError } from './trouble.ts'

const PATIENCE_MS = 6_000
const FAST_MS = 3_000

export interface Running {
  readonly pid: number
  readonly port: number
}

/** The server that runs on this cluster now. */
export function runningServer(cluster: string): Running | undefined {
  const noted = postmasterPid(cluster)
  return noted !== undefined && isServerOf(cluster, noted.pid) ? noted : undefined
}

/** Ends a server that outlived the program that had started it, and clears away what a dead one left. A server that somebody still watches over is left alone. */
export async function endLeftover(cluster: string): Promise<void> {
  const noted = postmasterPid(cluster)
  if (noted === undefined || !alive(noted.pid)) return
  if (!isServerOf(cluster, noted.pid)) {
    // Its number belongs to somebody else by now. PostgreSQL can't tell, and would not start.
    rmSync(join(cluster, 'postmaster.pid'), { force: true })
    return
  }
  const parent = processOf(noted.pid)?.parent
  if (parent !== undefined && /\bdatabase\.ts\b/.test(processOf(parent)?.command ?? ''))
    throw new DatabaseError(
      `The marketplace's database runs already (pid ${parent}, port ${noted.port}).`,
      'Stop that one first, or give this one a folder of its own: MARKETPLACE_DATA=…',
    )
  const began = performance.now()
  signal(noted.pid, 'SIGINT')
  while (alive(noted.pid)) {
    const forMs = performance.now() - began
    if (forMs > PATIENCE_MS)
      throw new DatabaseError(`A PostgreSQL of before (pid ${noted.pid}) does not end.`, `Run: kill -9 ${noted.pid}`)
    if (forMs > FAST_MS) signal(noted.pid, 'SIGQUIT')
    await wait(20)
  }
}

function postmasterPid(cluster: string): Running | undefined {
  try {
    const [pid, , , port] = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n').map(Number)
    return pid && port ? { pid, port } : undefined
  } catch {
    return undefined
  }
}

/** A server works in its data folder. */
function isServerOf(cluster: string, pid: number): boolean {
  if (!alive(pid)) return false
  try {
    if (existsSync('/proc/self/cwd')) return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster)
  } catch {
    return false
  }
  return /\bpostgres\b/.test(processOf(pid)?.command ?? '')
}

function processOf(pid: number): { readonly parent: number; readonly command: string } | undefined {
  try {
    if (existsSync('/proc/self/stat')) {
      const parent = Number(
        readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')[1],
      )
      return { parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }
    }
    const match = /^\s*(\d+)\s+(.*)$/m.exec(
      execFileSync('ps', ['-o', 'ppid=,command=', '-p', String(pid)], { encoding: 'utf8', timeout: 5_000 }),
    )
    return match === null ? undefined : { parent: Number(match[1]), command: match[2]! }
  } catch {
    return undefined
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended meanwhile.
  }
}
