// For servers that speak Request and Response: Hono, Next.js route handlers (on the Node runtime, in one process: elsewhere each copy has
// features of its own), and the like.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeHandler } from './node.ts'
import type { ReadOnly } from './read-only.ts'

/** What to answer instead, or undefined: go on. */
export function refuseFetch(rule: ReadOnly, request: Request): Response | undefined {
  const { pathname, search } = new URL(request.url)
  const refused = rule.refuse(request.method, pathname + search)
  if (refused === undefined) return undefined
  return new Response(JSON.stringify(refused.problem), { status: refused.status, headers: { ...refused.headers } })
}

/** `export const POST = withReadOnly(rule, async request => …)`: a Next.js route handler, or any fetch handler. */
export function withReadOnly<R extends Request, A extends unknown[]>(
  rule: ReadOnly,
  handler: (request: R, ...more: A) => Response | Promise<Response>,
): (request: R, ...more: A) => Promise<Response> {
  return async (request, ...more) => refuseFetch(rule, request) ?? handler(request, ...more)
}

export interface HonoContext {
  readonly req: { readonly raw: Request }
  readonly env: unknown
}
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>

/** `app.use(honoReadOnly(rule))` */
export function honoReadOnly(rule: ReadOnly): HonoMiddleware {
  return async (context, next) => {
    const refused = refuseFetch(rule, context.req.raw)
    if (refused !== undefined) return refused
    await next()
    return undefined
  }
}

/** `app.use(honoHandler(heal.modes.handler))`, under @hono/node-server: elsewhere there is no node:http to answer by. */
export function honoHandler(handler: NodeHandler): HonoMiddleware {
  return async (context, next) => {
    const { incoming, outgoing } = context.env as { incoming?: IncomingMessage; outgoing?: ServerResponse }
    if (incoming !== undefined && outgoing !== undefined && handler(incoming, outgoing)) {
      const sent = new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
      // The server's own Response is written as it was made, unless somebody has looked into it: then its headers are read first.
      void sent.body
      return sent
    }
    await next()
    return undefined
  }
}
