// The held ports of one program, over all its lives: named at the start by a person, or handed up by the first life, which listened
// without being told to. A port once held stays held until the program is given up for good.
import type { Events } from '../core/index.ts'
import { type Address, addressKey, addressUrl } from './address.ts'
import { type BareHandle, type HeldPort, heldPort, holdPort } from './held-port.ts'
import type { InheritedPorts } from './inherited-ports.ts'
import './events.ts'

export interface Ports {
  /** By a person, who may have named none: nothing is handed up then. */
  readonly named: boolean
  list(): readonly HeldPort[]
  /** key → URL, for people. */
  urls(): readonly string[]
  /** Takes a listening handle that a life handed up. */
  adopt(key: string, at: { readonly host?: string; readonly port?: number; readonly path?: string }, handle: BareHandle): void
  /** The port of that key, when it is held within `ms`: a life's hand-up may be on its way. */
  whenHeld(key: string, ms: number): Promise<HeldPort | undefined>
  /** Other addresses from here on, for lives to come. Rejects when one can't be held; then nothing is changed. */
  change(addresses: readonly Address[]): Promise<PortsChange>
  close(): void
}

export interface PortsChange {
  /** Lets go of those that are not named any more. */
  keep(): void
  /** Back to those before. */
  undo(): void
}

/** Sockets that a service manager holds already are taken from `inherited`; all that are left of them, when no address is named. */
export interface HoldOptions {
  readonly inherited?: InheritedPorts
  readonly takeRest?: boolean
  /** Whether what a first life listens on is held from then on, when no address is named. Default true. */
  readonly handUp?: boolean
}

/** Holds the addresses. Rejects with the SelfhealError of the first that can't be held; then none is. */
export async function holdPorts(
  addresses: readonly Address[],
  source: string,
  events: Events,
  { inherited, takeRest = false, handUp = true }: HoldOptions = {},
): Promise<Ports> {
  let held = new Map<string, HeldPort>()
  let named = false
  const waiting = new Set<() => void>()
  const close = () => {
    for (const port of held.values()) port.close()
    held.clear()
  }
  try {
    for (const address of addresses) {
      const taken = inherited?.take(address)
      const port = taken ?? (await holdPort(address))
      held.set(port.key, port)
      events.emit('program.port_held', source, { port: port.key, by: taken === undefined ? 'name' : 'service_manager' })
    }
    for (const port of takeRest ? (inherited?.takeRest() ?? []) : []) {
      held.set(port.key, port)
      events.emit('program.port_held', source, { port: port.key, by: 'service_manager' })
    }
  } catch (error) {
    close()
    throw error
  }
  named = held.size > 0 || !handUp
  return Object.freeze({
    get named() {
      return named
    },
    list: () => [...held.values()],
    urls: () => [...held.values()].map(port => addressUrl(port.address)),
    adopt(key: string, at: { readonly host?: string; readonly port?: number; readonly path?: string }, handle: BareHandle) {
      if (held.has(key)) return handle.close()
      const address: Address =
        at.path === undefined ? { kind: 'tcp', host: at.host ?? '::', port: at.port ?? 0 } : { kind: 'unix', path: at.path }
      // The key stays the one the app asked for ('[::]:0#1'): its next life asks the same.
      held.set(key, { ...heldPort(address, handle), key })
      events.emit('program.port_held', source, { port: addressKey(address), by: 'hand_up' })
      for (const look of waiting) look()
    },
    async whenHeld(key: string, ms: number) {
      if (held.has(key) || ms === 0) return held.get(key)
      await new Promise<void>(resolve => {
        const done = () => {
          clearTimeout(late)
          waiting.delete(look)
          resolve()
        }
        const late = setTimeout(done, ms)
        const look = () => held.has(key) && done()
        waiting.add(look)
      })
      return held.get(key)
    },
    async change(wanted: readonly Address[]) {
      const before = { held, named }
      const next = new Map<string, HeldPort>()
      const others = (all: Map<string, HeldPort>, than: Map<string, HeldPort>) =>
        [...all].filter(([key]) => !than.has(key)).map(([, port]) => port)
      try {
        for (const address of wanted) {
          const key = addressKey(address)
          next.set(key, held.get(key) ?? (await holdPort(address)))
        }
      } catch (error) {
        for (const port of others(next, before.held)) port.close()
        throw error
      }
      held = next
      named = true
      for (const port of others(next, before.held)) events.emit('program.port_held', source, { port: port.key, by: 'name' })
      return {
        keep: () => others(before.held, next).forEach(port => void port.close()),
        undo: () => {
          for (const port of others(next, before.held)) port.close()
          ;({ held, named } = before)
        },
      }
    },
    close,
  })
}
