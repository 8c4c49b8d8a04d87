// fetch, the global one and undici's own: guarded as its origin's dependency. A call that brings its own dispatcher, or is made
// while the app has set one for all (a proxy, say), goes as the app has it.
import { type HttpApi, type HttpDriver, nodesUndici } from '../dependency/index.ts'
import { deadline } from '../policy/index.ts'
import type { Exchanges } from './exports.ts'
import type { Handling } from './found.ts'
import { withItsReason } from './given-up.ts'
import { END_MS, type Origins } from './origins.ts'
import { undiciRequest } from './undici-request.ts'

type Fetch = typeof globalThis.fetch

export function guardGlobalFetch(handling: Handling, origins: Origins): () => void {
  const driver = nodesUndici()
  const original = globalThis.fetch
  if (driver === undefined) {
    handling.left('http', 'fetch', 'another dispatcher was there before')
    return () => {}
  }
  const native = { fetch: original as unknown as HttpDriver['fetch'], Agent: driver.Agent }
  globalThis.fetch = guarded(origins, original, native, dispatcherIsNodes())
  return () => {
    globalThis.fetch = original
  }
}

/** undici as the app has installed it: its fetch and request; stream and pipeline are left. */
export function undiciFetch(origins: Origins): Exchanges {
  return {
    'undici/index.js': ({ fetch, request, Agent, getGlobalDispatcher }) => {
      const first = (getGlobalDispatcher as () => unknown)()
      const usual = () => (getGlobalDispatcher as () => unknown)() === first
      return {
        fetch: guarded(origins, fetch as Fetch, { fetch, Agent } as HttpDriver, usual),
        request: undiciRequest(origins, request as never, Agent as never, usual),
      }
    },
  }
}

function guarded(origins: Origins, original: Fetch, driver: HttpDriver, usual: () => boolean): Fetch {
  return function fetch(input, init) {
    const url = addressOf(input)
    const asIs = url === undefined || (init !== undefined && 'dispatcher' in init) || !usual()
    const origin = asIs ? undefined : origins.of(url.origin)
    if (origin === undefined) return original(input, init)
    const by = origin.fetchBy(driver, original as HttpApi['fetch'])
    const ask = () => by(input, init)
    const signal = init?.signal === undefined && input instanceof Request ? input.signal : init?.signal
    if (signal != null) return withItsReason(ask(), signal)
    return input instanceof Request ? ask() : deadline.run(END_MS, ask, { key: origin.name })
  }
}

/**
 * No dispatcher of the app's stands there. undici 8, when it is loaded, puts one there for Node's fetch, which changes nothing; one that was
 * set by setGlobalDispatcher is the app's will.
 */
function dispatcherIsNodes(): () => boolean {
  const world = globalThis as unknown as Record<symbol, object | undefined>
  const first = world[DISPATCHER]
  return () => {
    const now = world[DISPATCHER]
    return now === first || (now?.constructor.name === 'Dispatcher1Wrapper' && world[DISPATCHER_8]?.constructor.name === 'Agent')
  }
}
const DISPATCHER = Symbol.for('undici.globalDispatcher.1')
const DISPATCHER_8 = Symbol.for('undici.globalDispatcher.2')

function addressOf(input: unknown): URL | undefined {
  const text = input instanceof Request ? input.url : String(input)
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined
}
