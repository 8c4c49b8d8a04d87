// Who a visitor is: a random name in a cookie, given at the first answer.
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const COOKIE = /(?:^|;\s*)visitor=([0-9a-f-]{36})(?:;|$)/

export function visitorOf(request: FastifyRequest, reply: FastifyReply): string {
  const known = COOKIE.exec(request.headers.cookie ?? '')?.[1]
  if (known !== undefined && UUID.test(known)) return known
  const visitor = randomUUID()
  reply.header('set-cookie', `visitor=${visitor}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax`)
  return visitor
}
