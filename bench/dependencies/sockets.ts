// How many sockets a process holds to a port, by the kernel's own table: neither the app nor a server that is stopped need be asked. Linux.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Reading the table takes tens of milliseconds on a busy machine: once for all who look. */
const FRESH_MS = 150
let read = { at: 0, toPort: new Map<number, string[]>() }

/** The inodes of all sockets of this machine that are connected, or connecting, to the port. */
function inodesTo(port: number): readonly string[] {
  if (Date.now() - read.at > FRESH_MS) {
    const toPort = new Map<number, string[]>()
    for (const line of readFileSync('/proc/self/net/tcp', 'utf8').split('\n').slice(1)) {
      const [, , remote, , , , , , , inode] = line.trim().split(/\s+/)
      if (inode === undefined || inode === '0') continue
      const to = Number.parseInt(remote!.split(':')[1]!, 16)
      toPort.set(to, [...(toPort.get(to) ?? []), inode])
    }
    read = { at: Date.now(), toPort }
  }
  return read.toPort.get(port) ?? []
}

export function socketsTo(pid: number, port: number): number {
  const held = new Set<string>()
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      try {
        held.add(readlinkSync(`/proc/${pid}/fd/${fd}`))
      } catch {
        // It was closed meanwhile.
      }
    }
  } catch {
    return 0
  }
  return inodesTo(port).filter(inode => held.has(`socket:[${inode}]`)).length
}
