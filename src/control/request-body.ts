// The body of a request for a verb: JSON, at most 64 KiB, read within the server's request timeout. Throws a Refusal.
import type { IncomingMessage } from 'node:http'
import type { Json, Who } from '../core/index.ts'
import { refuse } from './refusal.ts'

const MAX_BYTES = 64 * 1024
const MAX_WORDS = 1_000

export interface Wish {
  readonly args: Json
  readonly who: Who
}

/** An empty body is a wish without arguments, by no one named. */
export async function readWish(request: IncomingMessage): Promise<Wish> {
  const text = await readText(request)
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw malformed(`the body is no JSON: ${(error as Error).message}`)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw malformed('the body must be an object')
  const { args = null, by = 'someone', why = '', until, ...rest } = body as Record<string, unknown>
  const unknown = Object.keys(rest)
  if (unknown.length > 0) throw malformed(`${unknown.join(', ')}: unknown`)
  if (typeof by !== 'string' || by.length > MAX_WORDS) throw malformed(`by must be text of at most ${MAX_WORDS} characters`)
  if (typeof why !== 'string' || why.length > MAX_WORDS) throw malformed(`why must be text of at most ${MAX_WORDS} characters`)
  if (until !== undefined && (typeof until !== 'number' || !Number.isFinite(until)))
    throw malformed('until must be a time in milliseconds since 1970')
  return { args: args as Json, who: { by, why, ...(until === undefined ? {} : { until }) } }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES)
      throw refuse(
        413,
        'SELFHEAL_CONTROL_TOO_LARGE',
        `The body has more than ${MAX_BYTES} bytes`,
        'Send less: arguments are a few words.',
      )
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const malformed = (says: string) =>
  refuse(
    400,
    'SELFHEAL_CONTROL_MALFORMED',
    says,
    'Send { "args": …, "by": "name", "why": "reason", "until": milliseconds }, all optional.',
  )
