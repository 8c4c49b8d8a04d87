// What a page asks to be done: a verb of a part, confirmed, with a reason. Nothing is done without both. Throws SelfhealError.
import { type Json, SelfhealError, type Who } from '../core/index.ts'

export interface PageWish {
  readonly path: string
  readonly verb: string
  readonly args: Json
  readonly who: Who
}

/** `body`: { path, verb, args, why, until, confirm }. */
export function pageWish(body: unknown): PageWish {
  const { path, verb, args = null } = fields(body)
  if (typeof path !== 'string' || path === '') throw malformed('path names no part')
  if (typeof verb !== 'string' || verb === '') throw malformed('verb is missing')
  return { path, verb, args: args as Json, who: whoOf(body) }
}

export function whoOf(body: unknown): Who {
  const { why, until, confirm, by = 'dashboard' } = fields(body)
  if (confirm !== true) throw malformed('it is not confirmed')
  if (typeof why !== 'string' || why.trim() === '') throw malformed('the reason is missing')
  if (typeof by !== 'string' || by.length > 100) throw malformed('by must be a name')
  if (until !== undefined && !(typeof until === 'number' && until > 0))
    throw malformed('until must be a time in milliseconds since 1970')
  return { by: by.trim() || 'dashboard', why: why.trim().slice(0, 500), ...(until === undefined ? {} : { until }) }
}

function fields(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw malformed('the body must be an object')
  return body as Readonly<Record<string, unknown>>
}

const malformed = (says: string) =>
  new SelfhealError(
    'SELFHEAL_DASHBOARD_MALFORMED',
    `Nothing was done: ${says}`,
    'Send { path, verb, args, why, until, confirm: true }.',
  )
