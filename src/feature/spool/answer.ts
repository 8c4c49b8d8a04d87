// How a deferred write is answered over HTTP: 202 with the place to look it up, and that place.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Receipt, Spool } from './spool.ts'

export interface Deferred {
  /** Say this once `defer` has resolved. */
  answer(receipt: Receipt): { readonly status: 202; readonly headers: Readonly<Record<string, string>>; readonly body: object }
  /** Answers `GET /selfheal/deferred/<key>`; false: it is not ours. Whoever knows a key may ask: let keys be unguessable, as UUIDs are. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => boolean
}

export function deferred(spool: Pick<Spool, 'find'>, { at = '/selfheal/deferred' }: { readonly at?: string } = {}): Deferred {
  return Object.freeze({
    answer: ({ key, state, acceptedAt }: Receipt) => {
      const place = `${at}/${encodeURIComponent(key)}`
      return {
        status: 202,
        headers: { location: place, 'cache-control': 'no-store' },
        body: { key, state, acceptedAt, place },
      } as const
    },
    handler(request: IncomingMessage, response: ServerResponse) {
      const path = (request.url ?? '').split('?', 1)[0]!
      if (!path.startsWith(`${at}/`) || request.method !== 'GET') return false
      const found = spool.find(decoded(path.slice(at.length + 1)))
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      // Its last try's words are for operators.
      const shown = found && { key: found.key, state: found.state, acceptedAt: found.acceptedAt }
      response.end(JSON.stringify(shown ?? { error: 'There is no such write.' }))
      return true
    },
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
