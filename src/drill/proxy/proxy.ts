// The fault proxy: stands before any TCP server, passes everything through, and breaks the connection as it is told to. In this process;
// process.ts runs one in a process of its own. Knows no protocol.
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Clock, SelfhealError, systemClock } from '../../core/index.ts'
import { checkTimeToLive, type Heal, inForce } from '../in-force.ts'
import { type Active, flow } from './flow.ts'
import type { Link, WireFault } from './wire.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface FaultProxyOptions {
  /** The real server. */
  readonly to: Address
  /** Where it listens. Default: any free port of 127.0.0.1. */
  readonly listen?: Partial<Address>
  readonly clock?: Clock
}

export interface FaultProxy extends AsyncDisposable {
  readonly address: Address
  /** Puts a fault in for `forMs` at most; resolves when it is in. Faults add up, in the order in which they came. */
  put(fault: WireFault, forMs: number): Promise<Heal>
  /** Connections open now, and taken since the start. */
  counts(): { readonly open: number; readonly taken: number }
  /** Heals all, and breaks what is open. */
  close(): Promise<void>
}

export async function faultProxy({ to, listen = {}, clock = systemClock }: FaultProxyOptions): Promise<FaultProxy> {
  const active = new Map<Active, { readonly controller: AbortController; readonly heal: Heal }>()
  const faults = () => [...active.keys()]
  const links = new Set<Link & { readonly held: boolean }>()
  let taken = 0
  let server: Server | undefined
  let at: Address = { host: listen.host ?? '127.0.0.1', port: listen.port ?? 0 }

  const accept = (caller: Socket) => {
    taken++
    caller.on('error', () => {})
    const opening = faults().find(({ fault }) => fault.opening !== undefined)?.fault.opening
    if (opening === 'reset') return breakOff(caller)
    if (opening === 'hold') {
      const link = { held: true, reset: () => breakOff(caller), end: () => void caller.end() }
      links.add(link)
      caller.resume().once('close', () => links.delete(link))
      return
    }
    join(caller)
  }
  const join = (caller: Socket) => {
    const gone = new AbortController()
    const far = connect({ ...to, noDelay: true, allowHalfOpen: true })
    const both = [caller, far]
    caller.setNoDelay(true)
    const link = {
      held: false,
      reset: () => both.forEach(breakOff),
      end: () => both.forEach(socket => void socket.destroySoon()),
    }
    links.add(link)
    far.on('error', () => link.reset())
    caller.on('error', () => link.reset())
    let open = 2
    for (const socket of both)
      socket.once('close', () => {
        if (--open > 0) return
        links.delete(link)
        gone.abort()
      })
    flow({ way: 'up', from: caller, to: far, link, active: faults, gone: gone.signal })
    flow({ way: 'down', from: far, to: caller, link, active: faults, gone: gone.signal })
  }

  const open = async () => {
    server = createServer({ allowHalfOpen: true }, accept)
    await listening(server, at)
    at = { host: at.host, port: (server.address() as { port: number }).port }
  }
  const shut = async () => {
    const old = server
    server = undefined
    if (old !== undefined) await new Promise<void>(resolve => void old.close(() => resolve()))
  }
  /** Whether it should listen decides; a port taken meanwhile is tried for again a moment later. */
  const settle = async (): Promise<void> => {
    const should = faults().every(({ fault }) => fault.listens !== false)
    if (!should) {
      const shutting = shut()
      for (const link of links) link.reset()
      await shutting
    } else if (server === undefined) await open()
  }

  await open()
  const heal = async (one: Active) => {
    const found = active.get(one)
    if (found === undefined) return
    active.delete(one)
    found.controller.abort()
    for (const link of links) one.fault.leaves?.(link)
    await settle()
  }
  const close = async () => {
    for (const { heal } of [...active.values()]) await heal()
    for (const link of links) link.reset()
    await shut()
  }
  return Object.freeze({
    get address() {
      return at
    },
    async put(fault: WireFault, forMs: number) {
      checkTimeToLive(fault.says, forMs)
      const controller = new AbortController()
      const one: Active = { fault, healed: controller.signal }
      const ending = inForce({ says: `${fault.says} (before ${to.host}:${to.port})`, forMs, clock, heal: () => heal(one) })
      active.set(one, { controller, heal: ending })
      for (const link of links) fault.enters?.(link)
      await settle()
      return ending
    },
    counts: () => ({ open: links.size, taken }),
    close,
    [Symbol.asyncDispose]: close,
  })
}

/** RST. (A socket whose end is still on its way can't be reset: Node would never close it, and spin at its own end.) */
function breakOff(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}

function listening(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error =>
      reject(
        new SelfhealError(
          'SELFHEAL_PORT_TAKEN',
          `The fault proxy can't listen on ${host}:${port} (${(error as NodeJS.ErrnoException).code}).`,
          'Give it another port, or none: it takes a free one.',
          error,
        ),
      ),
    )
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.removeAllListeners('error').on('error', () => {})
      resolve()
    })
  })
}
