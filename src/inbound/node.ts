// For a server of node:http, and all that are built on one: true means it is answered.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ReadOnly } from './read-only.ts'

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => boolean

/** `if (refused(request, response)) return` before anything else. */
export function nodeReadOnly(rule: ReadOnly): NodeHandler {
  return (request, response) => {
    const refused = rule.refuse(request.method ?? 'GET', request.url ?? '/')
    if (refused === undefined) return false
    // What is still being sent is read and thrown away, so that the answer arrives.
    request.resume()
    response.writeHead(refused.status, refused.headers).end(JSON.stringify(refused.problem))
    return true
  }
}
