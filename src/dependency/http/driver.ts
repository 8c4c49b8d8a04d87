// Whose fetch sends it, and whose Agent has the connections: the two must be of one undici. Node has one inside, which it does not export;
// its Agent is the class of the dispatcher that it leaves for all.
import type { Duplex } from 'node:stream'

export interface HttpDriver {
  fetch(input: URL, init: object): Promise<Response>
  readonly Agent: new (options: AgentSettings) => { destroy(error: Error): Promise<void> }
}
export interface AgentSettings {
  readonly connections: number
  readonly pipelining: number
  readonly keepAliveTimeout: number
  readonly keepAliveMaxTimeout: number
  readonly headersTimeout: number
  readonly bodyTimeout: number
  connect(
    to: { readonly hostname: string; readonly port: string; readonly protocol: string },
    callback: (error: Error | null, socket: Duplex | null) => void,
  ): void
}

let found: Promise<HttpDriver> | undefined

/** The app's own undici, else Node's. */
export function installedUndici(): Promise<HttpDriver> {
  found ??= import('undici').then(
    ({ fetch, Agent }) => ({ fetch, Agent }) as unknown as HttpDriver,
    () => {
      const own = nodesUndici()
      if (own === undefined) throw new Error('there is no undici: npm install undici')
      return own
    },
  )
  return found
}

const DISPATCHER = Symbol.for('undici.globalDispatcher.1')

/** Node's own fetch with the Agent that fits it; undefined where another has put its dispatcher there before. */
export function nodesUndici(): HttpDriver | undefined {
  const { fetch } = globalThis
  // Node loads it when the first of its classes is asked for.
  void globalThis.Headers
  const { constructor: Agent } = ((globalThis as never as Record<symbol, object | undefined>)[DISPATCHER] ?? {}) as object
  return Agent.name === 'Agent' ? { fetch, Agent: Agent as HttpDriver['Agent'] } : undefined
}
