// Listening sockets that a service manager holds (systemd's socket activation): taken as held ports, so that the port survives selfheal
// itself. They are its, not ours: nothing is unlinked when we let them go.
import { readFileSync, readlinkSync } from 'node:fs'
import { type Address, addressKey } from './address.ts'
import { type BareHandle, type HeldPort, openHandle } from './held-port.ts'

export interface InheritedPorts {
  /** The socket for this address, at most once; undefined: nobody holds one. */
  take(address: Address): HeldPort | undefined
  /** Those that were not taken, all at once. */
  takeRest(): readonly HeldPort[]
}

const FIRST_FD = 3

/** Reads LISTEN_FDS, when it is meant for this process, and takes it out of the environment. */
export function inheritedPorts(env: NodeJS.ProcessEnv = process.env, pid: number = process.pid): InheritedPorts {
  const mine = env['LISTEN_PID'] === String(pid)
  const count = mine ? Number(env['LISTEN_FDS'] ?? 0) : 0
  for (const key of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[key]
  const free: HeldPort[] = []
  for (let fd = FIRST_FD; fd < FIRST_FD + count; fd++) {
    const handle = openHandle(fd)
    const address = handle === undefined ? undefined : addressOf(handle)
    if (handle === undefined || address === undefined) continue
    free.push(Object.freeze({ key: addressKey(address), address, fd: handle.fd, handle, close: () => handle.close() }))
  }
  return Object.freeze({
    take(wanted: Address) {
      const at = free.findIndex(({ address }) => fits(wanted, address))
      return at < 0 ? undefined : free.splice(at, 1)[0]
    },
    takeRest: () => free.splice(0),
  })
}

/** A unix path must be the same; of a TCP address the port is enough: whoever wrote the socket unit chose the interface. */
function fits(wanted: Address, held: Address): boolean {
  if (wanted.kind === 'unix' || held.kind === 'unix') return addressKey(wanted) === addressKey(held)
  return wanted.port === held.port
}

function addressOf(handle: BareHandle): Address | undefined {
  const name: { port?: number; address?: string } = {}
  handle.getsockname?.(name)
  if (name.port !== undefined && name.address !== undefined) return { kind: 'tcp', host: name.address, port: name.port }
  const path = unixPath(handle.fd)
  return path === undefined ? undefined : { kind: 'unix', path }
}

/** libuv does not tell a pipe's path; the kernel does. */
function unixPath(fd: number): string | undefined {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1]
    const row = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .find(fields => fields[6] === inode)
    return row?.[7]
  } catch {
    return undefined
  }
}
