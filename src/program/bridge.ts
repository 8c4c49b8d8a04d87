// The bridge: what the preload leaves for the code of a Node program that runs under `selfheal run`. Its events go up, its supervisor's
// questions come down, over the link that the watchdog thread owns. A program that runs by itself has none.
import type { Event, Json } from '../core/index.ts'

export interface Asked {
  /** '': everything there is. */
  readonly path: string
  readonly verb: string
  readonly args?: Json
}

export interface Bridge {
  /** Of this life in the supervisor's tree: 'shop/web'. */
  readonly path: string
  readonly generation: number
  /** The state folder: ledger and spool stand beside the journal. */
  readonly folder: string | undefined
  ready(): void
  /** Dropped when the supervisor is slow: the app never waits for its journal. */
  tell(event: Event): void
  /** `fn` answers what the supervisor asks; what it throws is told as { failed }. The last one given is asked. */
  onAsk(fn: (asked: Asked) => Promise<Json>): void
  /** This life takes no new work; it finishes the old, ends, and has a successor. */
  retire(exit: Json): void
}

const KEY = Symbol.for('selfheal.program.1')

/** The bridge of this process, or `undefined` when no selfheal runs it. */
export function bridge(): Bridge | undefined {
  return (globalThis as unknown as Record<symbol, Bridge | undefined>)[KEY]
}

/** For the preload alone. */
export function layBridge(made: Bridge): void {
  Object.defineProperty(globalThis, KEY, { value: Object.freeze(made) })
}
