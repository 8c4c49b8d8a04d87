// For Express, Connect, and what takes their middleware: `app.use(expressReadOnly(rule))`, before any body is read.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type NodeHandler, nodeReadOnly } from './node.ts'
import type { ReadOnly } from './read-only.ts'

export type ExpressMiddleware = (
  request: IncomingMessage & { readonly originalUrl?: string },
  response: ServerResponse,
  next: () => void,
) => void

export function expressReadOnly(rule: ReadOnly): ExpressMiddleware {
  return (request, response, next) => {
    // Under a router `url` lacks what the router was mounted at.
    const whole = request.originalUrl ?? request.url ?? '/'
    if (!nodeReadOnly({ refuse: method => rule.refuse(method, whole) })(request, response)) next()
  }
}

/** For what answers by itself: `app.use(expressHandler(heal.modes.handler))`, at the top. */
export function expressHandler(handler: NodeHandler): ExpressMiddleware {
  return (request, response, next) => {
    if (!handler(request, response)) next()
  }
}
