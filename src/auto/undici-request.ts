// undici's request(), guarded as its origin's dependency over connections of its own. One that brings its own dispatcher, an upgrade or
// nothing that is an address goes as the app has it; stream(), pipeline() and dispatchers of the app's own do too.
import type { HttpDriver } from '../dependency/index.ts'
import { type Call, deadline } from '../policy/index.ts'
import { withItsReason } from './given-up.ts'
import { END_MS, type Origin, type Origins } from './origins.ts'
import { downError } from './request-errors.ts'

interface Given {
  readonly dispatcher?: unknown
  readonly upgrade?: unknown
  readonly method?: unknown
  readonly signal?: unknown
  readonly headersTimeout?: unknown
  readonly path?: unknown
}
type Request = (input: unknown, given?: Given, ...more: unknown[]) => Promise<object>

export function undiciRequest(
  origins: Origins,
  original: Request,
  Agent: new () => InstanceType<HttpDriver['Agent']>,
  usual: () => boolean,
): Request {
  const agents = new Map<Origin, () => object>()
  const agentOf = (origin: Origin): object => {
    let agent = agents.get(origin)
    if (agent === undefined) {
      let current: InstanceType<HttpDriver['Agent']> | undefined
      agents.set(origin, (agent = () => (current ??= new Agent())))
      origin.join({
        late: () => 0,
        counts: () => ({}),
        admit() {},
        async drop() {
          const ending = current
          current = undefined
          void ending?.destroy(downError(origin.name, true)).catch(() => {})
          return 0
        },
      })
    }
    return agent()
  }
  return function request(input, given, ...more) {
    const url = isAsIs(input, given) || !usual() ? undefined : new URL(input as string)
    const origin = url && /^https?:$/.test(url.protocol) ? origins.of(url.origin) : undefined
    if (origin === undefined) return original(input, given, ...more)
    if (origin.watched) return origin.ask(() => original(input, given, ...more), {})
    const { signal } = given ?? {}
    const own = signal instanceof AbortSignal ? signal : undefined
    const ask = () => {
      const sent = (call: Call | undefined) => {
        // The app's own ends the reading of the answer too.
        const ends = own === undefined ? call!.signal : AbortSignal.any([call!.signal, own])
        return original(input, { ...given, signal: ends, dispatcher: agentOf(origin) }, ...more)
      }
      return own === undefined ? origin.ask(sent, {}) : withItsReason(origin.ask(sent, { signal: own }), own)
    }
    return signal === undefined && given?.headersTimeout === undefined ? deadline.run(END_MS, ask, { key: origin.name }) : ask()
  }
}

function isAsIs(input: unknown, given: Given | undefined): boolean {
  if (!((typeof input === 'string' && URL.canParse(input)) || input instanceof URL)) return true
  if (given == null) return false
  const { dispatcher, upgrade, method, signal, path } = given
  if (typeof given !== 'object' || dispatcher !== undefined || upgrade || path !== undefined) return true
  // It may be an EventEmitter.
  return method === 'CONNECT' || (signal !== undefined && !(signal instanceof AbortSignal))
}
