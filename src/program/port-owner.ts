// Who listens on a TCP port here: read from /proc, for the sentence that tells a person. Best effort: nothing where /proc or the right is missing.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

const LISTEN = '0A'

export function listenerPid(port: number): { readonly pid: number; readonly command: string } | undefined {
  try {
    const inodes = new Set(
      [...listeningInodes('/proc/net/tcp', port), ...listeningInodes('/proc/net/tcp6', port)].map(inode => `socket:[${inode}]`),
    )
    if (inodes.size === 0) return undefined
    for (const entry of readdirSync('/proc')) {
      if (/^\d+$/.test(entry) && Number(entry) !== process.pid && holds(entry, inodes))
        return { pid: Number(entry), command: commandOf(entry) }
    }
  } catch {
    // No /proc (macOS), or not ours to read.
  }
  return undefined
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
