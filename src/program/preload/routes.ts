// The routes in flight, in memory that the watchdog thread reads while the main thread is stuck. Written at each request's start, so it
// costs a few stores; the query is left out, because it may hold secrets.
//
//   32 slots of: sequence number (0 = free) · length · 120 bytes of "GET /path"

const SLOTS = 32
const HEAD = 8
const MAX_ROUTE = 120
const SLOT = HEAD + MAX_ROUTE

export interface RouteBoard {
  readonly shared: SharedArrayBuffer
  /** Its number, for end(). */
  begin(route: string): number
  end(number: number): void
}

export function routeBoard(): RouteBoard {
  const shared = new SharedArrayBuffer(SLOTS * SLOT)
  const numbers = new Int32Array(shared)
  const bytes = Buffer.from(shared)
  let last = 0
  return Object.freeze({
    shared,
    begin(route: string) {
      last = last === 0x7fff_ffff ? 1 : last + 1
      const at = (last % SLOTS) * SLOT
      numbers[at / 4 + 1] = bytes.write(route, at + HEAD, MAX_ROUTE, 'latin1')
      Atomics.store(numbers, at / 4, last)
      return last
    },
    end(number: number) {
      Atomics.compareExchange(numbers, ((number % SLOTS) * SLOT) / 4, number, 0)
    },
  })
}

/** The routes that are being answered, the one begun last first. */
export function readRoutes(shared: SharedArrayBuffer): readonly string[] {
  const numbers = new Int32Array(shared)
  const bytes = Buffer.from(shared)
  const found: { readonly number: number; readonly route: string }[] = []
  for (let at = 0; at < shared.byteLength; at += SLOT) {
    const number = Atomics.load(numbers, at / 4)
    if (number === 0) continue
    const length = Math.min(numbers[at / 4 + 1]!, MAX_ROUTE)
    found.push({ number, route: bytes.toString('latin1', at + HEAD, at + HEAD + length) })
  }
  return found.sort((a, b) => b.number - a.number).map(({ route }) => route)
}
