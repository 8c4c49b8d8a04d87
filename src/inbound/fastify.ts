// For Fastify: `app.addHook('onRequest', fastifyReadOnly(rule))`. The answer goes through Fastify's own reply, so that CORS and other
// hooks see it. Typed by what is used of Fastify alone.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeHandler } from './node.ts'
import type { ReadOnly } from './read-only.ts'

export interface FastifyAsked {
  readonly method: string
  readonly url: string
  readonly raw: IncomingMessage
}
export interface FastifyAnswer {
  readonly raw: ServerResponse
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: unknown): unknown
  hijack(): unknown
}
export type FastifyHook = (request: FastifyAsked, reply: FastifyAnswer) => Promise<unknown>

export function fastifyReadOnly(rule: ReadOnly): FastifyHook {
  return async (request, reply) => {
    const refused = rule.refuse(request.method, request.url)
    if (refused === undefined) return undefined
    reply.code(refused.status)
    reply.headers({ ...refused.headers })
    reply.send(JSON.stringify(refused.problem))
    return reply
  }
}

/** For what answers by itself: `app.addHook('onRequest', fastifyHandler(heal.modes.handler))`. */
export function fastifyHandler(handler: NodeHandler): FastifyHook {
  return async (request, reply) => {
    if (!handler(request.raw, reply.raw)) return undefined
    reply.hijack()
    return reply
  }
}
