// Who a visitor is: a random name in a cookie, given when it is first needed. Who only looks around needs none, so that what they were
// shown can be shown to anybody, while the app is down too.
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const COOKIE = /(?:^|;\s*)visitor=([0-9a-f-]{36})(?:;|$)/

export const STRANGER = ''

export function knownVisitor(request: FastifyRequest): string {
  const known = COOKIE.exec(request.headers.cookie ?? '')?.[1]
  return known !== undefined && UUID.test(known) ? known : STRANGER
}

export function visitorOf(request: FastifyRequest, reply: FastifyReply): string {
  const known = knownVisitor(request)
  if (known !== STRANGER) return known
  const visitor = randomUUID()
  reply.header('set-cookie', `visitor=${visitor}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax`)
  return visitor
}
