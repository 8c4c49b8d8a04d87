// fetch, the global one and undici's own: a dependency for each origin, made when it is first asked. A call that brings its own dispatcher, or
// is made while the app has set one for all (a proxy, say), goes as the app has it.
import { type HttpApi, type HttpDriver, http, nodesUndici } from '../dependency/index.ts'
import { deadline, judgeError, judgeValue } from '../policy/index.ts'
import type { Exchanges } from './exports.ts'
import type { Handling } from './found.ts'
import { nameFor } from './where.ts'

type Fetch = typeof globalThis.fetch

/** An API may think for long: a request without an end of its own is answered within this. */
const END_MS = 30_000
/** Half of an API's calls being so slow opens its breaker. Below END_MS: what was cut there counts. */
const SLOW_MS = 25_000
/** One that brings its own signal, or a Request (which always has one), has its own end: ours only stands behind it. */
const SIGNALLED_MS = 600_000
/** Of so many origins; a crawler's others are left as they are. */
const MOST_ORIGINS = 100

export function guardGlobalFetch(handling: Handling): () => void {
  const driver = nodesUndici()
  const original = globalThis.fetch
  if (driver === undefined) {
    handling.left('http', 'fetch', 'another dispatcher was there before')
    return () => {}
  }
  const native = { fetch: original as unknown as HttpDriver['fetch'], Agent: driver.Agent }
  globalThis.fetch = guarded(handling, original, native, dispatcherIsNodes())
  return () => {
    globalThis.fetch = original
  }
}

/** undici as the app has installed it: fetch alone; its request, stream and pipeline are left. */
export function undiciFetch(handling: Handling): Exchanges {
  return {
    'undici/index.js': ({ fetch, Agent, getGlobalDispatcher }) => {
      const first = (getGlobalDispatcher as () => unknown)()
      const usual = () => (getGlobalDispatcher as () => unknown)() === first
      return { fetch: guarded(handling, fetch as Fetch, { fetch, Agent } as HttpDriver, usual) }
    },
  }
}

function guarded(handling: Handling, original: Fetch, driver: HttpDriver, usual: () => boolean): Fetch {
  const apis = new Map<string, HttpApi>()
  const nameOf = new Map<HttpApi, string>()
  const apiOf = (origin: string): HttpApi | undefined => {
    const known = apis.get(origin)
    if (known !== undefined || apis.size >= MOST_ORIGINS) return known
    const bare: HttpApi = { fetch: original as HttpApi['fetch'], agent: undefined as never }
    const levels = { headers: SIGNALLED_MS - 1_000, bodyGap: SIGNALLED_MS, attempt: SIGNALLED_MS }
    const name = nameFor('http', new URL(origin).host)
    const api = handling.take<HttpApi>({
      kind: 'http',
      name,
      driver: bare,
      adapter: () => http(origin, levels, async () => driver),
      options: { deadline: SIGNALLED_MS, timeout: SIGNALLED_MS, slow: SLOW_MS },
      asks: ['fetch'],
      judge: answer => ('value' in answer ? judgeValue(answer.value) : judgeError(answer.error)),
      endMs: END_MS,
    })
    apis.set(origin, api)
    nameOf.set(api, name)
    if (apis.size === MOST_ORIGINS) handling.left('http', 'fetch', `more than ${MOST_ORIGINS} origins: the others`)
    return api
  }
  return function fetch(input, init) {
    const url = addressOf(input)
    const api = url === undefined || (init !== undefined && 'dispatcher' in init) || !usual() ? undefined : apiOf(url.origin)
    if (api === undefined) return original(input, init)
    const ask = () => api.fetch(input, init)
    return init?.signal != null || input instanceof Request ? ask() : deadline.run(END_MS, ask, { key: nameOf.get(api)! })
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
