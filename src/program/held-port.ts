// A held port: a listening socket that belongs to the supervisor and on which it never accepts. Lives get its descriptor; what waits in
// its queue when a life dies is answered by the next.
//
//   bind (here, without listening) → a one-shot process listens on it and exits in the same tick → descriptor goes to each life
//
// libuv's own listen() would accept too, and steal connections: hence the one-shot. The underscore call of node:net stays in this file.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SelfhealError } from '../core/index.ts'
import { type Address, addressKey } from './address.ts'
import { listenerPid, sayOwner } from './port-owner.ts'

export interface HeldPort {
  readonly key: string
  readonly address: Address
  readonly fd: number
  /** To be given to a process that runs already. */
  readonly handle: BareHandle
  /** Lets the port go. Lives that still have it keep it open. */
  close(): void
}

/** A bound or listening handle of node:net that nobody polls. */
export interface BareHandle {
  readonly fd: number
  getsockname?(out: { port?: number; address?: string }): number
  close(): void
}
type CreateServerHandle = (address: string | null, port: number, type: number, fd?: number, flags?: number) => BareHandle | number

const BACKLOG = 4096
const PATIENCE_MS = 1_000
const LOOK_MS = 100
const EACCES = -13
const EADDRINUSE = -98
const EAFNOSUPPORT = -97

/** Binds the address and makes it listen. Throws SelfhealError: SELFHEAL_PORT_TAKEN (with the pid where it may be known), SELFHEAL_PORT_FORBIDDEN, SELFHEAL_PORT_BAD. */
export async function holdPort(address: Address): Promise<HeldPort> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    try {
      return await bindAndListen(address)
    } catch (error) {
      // A supervisor before us that was killed has lives that are just ending: their port is free in a moment.
      if ((error as SelfhealError).code !== 'SELFHEAL_PORT_TAKEN' || performance.now() > end) throw error
    }
  }
}

async function bindAndListen(address: Address): Promise<HeldPort> {
  const handle = address.kind === 'unix' ? await bindUnix(address.path) : bindTcp(address.host, address.port)
  const code = await listenOnce(handle.fd)
  if (code !== 0) {
    handle.close()
    throw code === 98
      ? taken(address)
      : new SelfhealError(
          'SELFHEAL_PORT_BAD',
          `${addressKey(address)} can't be made to listen (one-shot ended with ${code}).`,
          'Is this machine out of memory or processes?',
        )
  }
  return heldPort(address, handle)
}

/** Wraps a handle that listens already: one a program handed up, or one that was bound here. */
export function heldPort(address: Address, handle: BareHandle): HeldPort {
  return Object.freeze({
    key: addressKey(address),
    address,
    fd: handle.fd,
    handle,
    close() {
      handle.close()
      if (address.kind === 'unix') removeSocket(address.path)
    },
  })
}

/** A handle on a listening socket that was inherited; undefined when it is no socket we can hand on. */
export function openHandle(fd: number): BareHandle | undefined {
  const create = (net as unknown as { _createServerHandle: CreateServerHandle })._createServerHandle
  const handle = create(null, 0, -1, fd)
  return typeof handle === 'number' ? undefined : handle
}

function bindTcp(host: string, port: number): BareHandle {
  const create = (net as unknown as { _createServerHandle: CreateServerHandle })._createServerHandle
  let handle = create(host === 'localhost' ? '127.0.0.1' : host, port, host.includes(':') ? 6 : 4, undefined, 0)
  if (host === '::' && (handle === EAFNOSUPPORT || handle === -99)) handle = create('0.0.0.0', port, 4, undefined, 0)
  const address: Address = { kind: 'tcp', host, port }
  if (typeof handle === 'number') throw refused(address, handle)
  // libuv keeps a bind's "in use" back until listen: an address that is not ours now says so by having no port.
  const name: { port?: number } = {}
  handle.getsockname?.(name)
  if (name.port !== port) {
    handle.close()
    throw taken(address)
  }
  return handle
}

async function bindUnix(path: string): Promise<BareHandle> {
  const create = (net as unknown as { _createServerHandle: CreateServerHandle })._createServerHandle
  let handle = create(path, -1, -1, undefined, 0)
  if (handle === EADDRINUSE && !(await answers(path))) {
    removeSocket(path)
    handle = create(path, -1, -1, undefined, 0)
  }
  if (typeof handle === 'number') throw refused({ kind: 'unix', path }, handle)
  return handle
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = net.connect(path)
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('close', () => resolve(false)).setTimeout(1_000, () => resolve(true))
    socket.on('connect', () => socket.destroy())
  })
}

function removeSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path)
  } catch {
    // Gone already.
  }
}

/** Listens on a descriptor from a process that exits before it could accept: in the same tick. */
async function listenOnce(fd: number): Promise<number> {
  const code = `const s=require('net').createServer();s.on('error',()=>{});s.listen({fd:3,backlog:${BACKLOG}});process.exit(s._handle?0:98)`
  const { NODE_OPTIONS: _, ...env } = process.env
  const child: ChildProcess = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'ignore', fd], env })
  try {
    const [status] = (await once(child, 'exit')) as [number | null]
    return status ?? 70
  } catch {
    return 71
  }
}

function refused(address: Address, errno: number): SelfhealError {
  const key = addressKey(address)
  if (errno === EADDRINUSE) return taken(address)
  // libuv says the same of a folder that is not there.
  if (errno === EACCES && address.kind === 'unix' && !existsSync(dirname(address.path)))
    return new SelfhealError(
      'SELFHEAL_PORT_BAD',
      `There is no folder for ${key}.`,
      `Make it first: mkdir -p ${dirname(address.path)}`,
    )
  if (errno === EACCES)
    return new SelfhealError(
      'SELFHEAL_PORT_FORBIDDEN',
      `This user may not listen on ${key}.`,
      address.kind === 'tcp' && address.port < 1024
        ? 'Ports under 1024 need root or the capability: take a port from 1024 up behind your proxy, or run: sudo setcap cap_net_bind_service=+ep "$(readlink -f "$(which node)")"'
        : 'Give this user write permission in that folder, or choose another path.',
    )
  return new SelfhealError(
    'SELFHEAL_PORT_BAD',
    `${key} can't be bound (${errnoName(errno)}).`,
    'Does the address belong to this machine? A port alone (3000) means every interface.',
  )
}

function errnoName(errno: number): string {
  return (
    (
      {
        [-2]: 'ENOENT: no such folder',
        [-22]: 'EINVAL',
        [-99]: 'EADDRNOTAVAIL: not an address of this machine',
        [-97]: 'EAFNOSUPPORT',
      } as Record<number, string>
    )[errno] ?? `error ${errno}`
  )
}

/** Says who has it, where that may be known. */
export function taken(address: Address): SelfhealError {
  const { by, stop } = sayOwner(address.kind === 'tcp' ? listenerPid(address.port) : undefined)
  return new SelfhealError(
    'SELFHEAL_PORT_TAKEN',
    `${addressKey(address)} is taken${by}.`,
    `${stop}, or choose another port with --port.`,
  )
}
