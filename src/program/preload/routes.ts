// The routes in flight, in memory that the watchdog thread reads while the main thread is stuck. Written at each request's start, so it
// costs a few stores; the query is left out, because it may hold secrets.
//
//   32 slots of: sequence number (0 = free) · length · which method · 116 bytes of the path
const { METHODS } = process.getBuiltinModule('node:http')

const SLOTS = 32
const HEAD = 12
const MAX_PATH = 116
const SLOT = HEAD + MAX_PATH
const NUMBER_OF = new Map(METHODS.map((method, i) => [method, i]))

export interface RouteBoard {
  readonly shared: SharedArrayBuffer
  /** Its number, for end(). */
  begin(method: string | undefined, url: string | undefined): number
  end(number: number): void
}

export function routeBoard(): RouteBoard {
  const shared = new SharedArrayBuffer(SLOTS * SLOT)
  const numbers = new Int32Array(shared)
  const bytes = new Uint8Array(shared)
  let last = 0
  return Object.freeze({
    shared,
    begin(method = '', url = '') {
      last = last === 0x7fff_ffff ? 1 : last + 1
      const slot = (last % SLOTS) * SLOT
      const query = url.indexOf('?')
      const whole = query < 0 ? url.length : query
      const length = whole < MAX_PATH ? whole : MAX_PATH
      // A path is short: its characters one by one cost less than a call that leaves JavaScript.
      for (let i = 0; i < length; i++) bytes[slot + HEAD + i] = url.charCodeAt(i)
      numbers[slot / 4 + 1] = length
      numbers[slot / 4 + 2] = NUMBER_OF.get(method) ?? -1
      Atomics.store(numbers, slot / 4, last)
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
    const length = Math.min(numbers[at / 4 + 1]!, MAX_PATH)
    const path = bytes.toString('latin1', at + HEAD, at + HEAD + length)
    found.push({ number, route: `${METHODS[numbers[at / 4 + 2]!] ?? '?'} ${path}` })
  }
  return found.sort((a, b) => b.number - a.number).map(({ route }) => route)
}
