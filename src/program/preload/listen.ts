// listen(), mapped: an address that is held gets the held descriptor, synchronously; one that is not known yet is listened on as the app
// asked and its bare handle is handed up, so that the supervisor holds it from then on. The app's code is unchanged.
//
//   listen(3000) ── held? ── yes → listen({ fd: 3 })                 ── no, and IPC is open → original listen → handle goes up
import { type EventEmitter, errorMonitor } from 'node:events'
import net from 'node:net'
import { listenBeside } from './beside.ts'
import type { Park } from './parking.ts'
import { fromSibling } from './sibling.ts'

type Listen = (this: net.Server, ...args: unknown[]) => net.Server
interface Asked {
  readonly port?: number
  readonly host?: string
  readonly path?: string
  readonly signal?: AbortSignal
}

export interface Held {
  /** Key → descriptor. */
  readonly held: Readonly<Record<string, number>>
  /** Sockets that were handed up: 127.0.0.1:3000 and [::1]:3000 are two of one app. Else a person named the port, and its interface. */
  readonly exact: boolean
}

/** Node's own 511 would shrink the queue of all lives: the last listen() on a shared socket decides. */
const BACKLOG = 4096
/** Other servers of the app may ask for the other addresses of a port themselves (Fastify's do): so long they may take to. */
const BESIDE_MS = 200
/** Hosts that stand for more than one address. */
const MANY = new Set([undefined, '::', '0.0.0.0', 'localhost'])

/**
 * Wraps net.Server's listen. `seen` is called before each, `told(key, held)` is called when a server really listens, `taken(key)` when another process has the address.
 * Returns the servers that listen.
 */
export function mapListen(
  { held, exact }: Held,
  told: (key: string, held: boolean) => void,
  taken: (key: string) => void,
  seen: (server: net.Server) => void,
  park?: Park,
): ReadonlySet<net.Server> {
  const servers = new Set<net.Server>()
  const used = new Set<number>()
  const asked0 = new Map<string, number>()
  const mine = new Set<string>()
  const original = net.Server.prototype.listen as unknown as Listen

  const listen: Listen = function (...args) {
    seen(this)
    const own = heldAsked(args, held)
    if (own !== undefined) {
      this.once('listening', () => {
        servers.add(this)
        this.once('close', () => servers.delete(this))
        told(own, true)
      })
      return original.apply(this, args)
    }
    const asked = readArguments(args)
    if (asked === undefined) return original.apply(this, args)
    const wanted = keyOf(asked, asked0)
    const match = heldFor(wanted, asked, held, exact)
    if (match === undefined) {
      this.once('listening', () => {
        servers.add(this)
        this.once('close', () => servers.delete(this))
        told(wanted, shared() || handUp(this, wanted))
      })
      // Its own two servers on one port are its own fault.
      const second = mine.has(wanted)
      const shared = second ? () => false : fromSibling(this, wanted, handle => original.call(this, handle, BACKLOG))
      mine.add(wanted)
      this.once('close', () => second || mine.delete(wanted))
      // A monitor is no handler: what becomes of the error stays the app's affair.
      ;(this as EventEmitter).once(errorMonitor, (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') taken(wanted)
        if (!second) mine.delete(wanted)
      })
      return original.apply(this, args)
    }
    const [key, fd] = match
    const callback = args.find(arg => typeof arg === 'function') as (() => void) | undefined
    if (used.has(fd)) return inUse(this, key)
    used.add(fd)
    servers.add(this)
    this.once('close', () => {
      used.delete(fd)
      servers.delete(this)
    })
    this.once('listening', () => {
      told(key, true)
      if (!(wanted in held) && MANY.has(asked.host)) setTimeout(beside, BESIDE_MS, this, samePort(asked.port, held))
    })
    const rest = callback === undefined ? [] : [callback]
    const where = { fd, backlog: BACKLOG, ...(asked.signal === undefined ? {} : { signal: asked.signal }) }
    if (park === undefined) return original.call(this, where, ...rest)
    park(() => original.call(this, where, ...rest))
    return this
  }
  const beside = (server: net.Server, others: readonly (readonly [string, number])[]) => {
    const free = others.filter(([, fd]) => !used.has(fd))
    for (const [i, one] of listenBeside(
      server,
      free.map(([, fd]) => fd),
      BACKLOG,
      original as never,
    ).entries()) {
      const [key, fd] = free[i]!
      used.add(fd)
      servers.add(one)
      one.once('listening', () => told(key, true))
      one.once('close', () => {
        used.delete(fd)
        servers.delete(one)
      })
    }
  }
  net.Server.prototype.listen = listen as unknown as typeof net.Server.prototype.listen
  return servers
}

/** A program that reads LISTEN_FDS listens on the descriptor by itself. */
function heldAsked([first]: readonly unknown[], held: Held['held']): string | undefined {
  if (typeof first !== 'object' || first === null || !('fd' in first)) return undefined
  return Object.keys(held).find(key => held[key] === first.fd)
}

/** The address asked for; undefined when it is none of ours (a handle, a descriptor). */
function readArguments(args: readonly unknown[]): Asked | undefined {
  const [first, second] = args
  if (first === null || first === undefined || typeof first === 'function') return { port: 0 }
  if (typeof first === 'number') return { port: first, ...(typeof second === 'string' ? { host: second } : {}) }
  if (typeof first === 'string')
    return /^\d+$/.test(first)
      ? { port: Number(first), ...(typeof second === 'string' ? { host: second } : {}) }
      : { path: first }
  if (typeof first !== 'object') return undefined
  const { port, host, path, signal, fd, _handle, handle } = first as Record<string, unknown>
  if (typeof fd === 'number' || _handle !== undefined || handle !== undefined || 'on' in first) return undefined
  const more = signal instanceof AbortSignal ? { signal } : {}
  if (typeof port === 'number' || (typeof port === 'string' && port !== ''))
    return { port: Number(port), ...(typeof host === 'string' && host !== '' ? { host } : {}), ...more }
  return typeof path === 'string' ? { path, ...more } : port === undefined || port === null ? { port: 0, ...more } : undefined
}

/** The same key in every life: port 0 is told apart by its turn. */
function keyOf({ port, host = '::', path }: Asked, asked0: Map<string, number>): string {
  if (path !== undefined) return `unix:${path}`
  const address = host.includes(':') ? `[${host}]` : host
  if (port !== 0) return `${address}:${port}`
  const turn = (asked0.get(address) ?? 0) + 1
  asked0.set(address, turn)
  return `${address}:0#${turn}`
}

/** The very address, else the held socket on the same port number. */
function heldFor(key: string, { port, path }: Asked, held: Held['held'], exact: boolean): readonly [string, number] | undefined {
  const fd = held[key]
  if (fd !== undefined) return [key, fd]
  if (exact || path !== undefined || port === 0) return undefined
  return samePort(port, held)[0]
}

const samePort = (port: number | undefined, held: Held['held']): readonly (readonly [string, number])[] =>
  Object.entries(held).filter(([key]) => !key.startsWith('unix:') && key.endsWith(`:${port}`))

function handUp(server: net.Server, key: string): boolean {
  const handle = (server as unknown as { _handle?: unknown })._handle
  const at = server.address()
  if (process.send === undefined || !process.connected || !handle || at === null) return false
  const message = {
    cmd: 'NODE_SELFHEAL_LISTEN',
    key,
    at: typeof at === 'string' ? { path: at } : { host: at.address, port: at.port },
  }
  try {
    // A cmd that starts with NODE_ is internal to Node: the app on the other side of this channel is us, and the app here sees nothing.
    ;(process.send as (message: unknown, handle: unknown, options: object, done: () => void) => boolean)(
      message,
      handle,
      { keepOpen: true },
      () => {},
    )
    return true
  } catch {
    return false
  }
}

/** Two servers of one app on one held socket: what the kernel itself would say. */
function inUse(server: net.Server, key: string): net.Server {
  const error = Object.assign(new Error(`listen EADDRINUSE: ${key} is served by another server of this process already`), {
    code: 'EADDRINUSE',
    syscall: 'listen',
  })
  process.nextTick(() => server.emit('error', error))
  return server
}
