// httpJson({ … }): any API that takes JSON over HTTP, by Node's own fetch, which does not retry. What it promises about keys stands in its
// documentation: without it, the card here says that it knows none, and what is unknown is never sent again.
import { ConfigError, type Duration, type Fault, type Json, type Judge, type Judgement } from '../../core/index.ts'
import { judgeCommon, judgeStatus, MAYBE, retryAfterMs } from '../judge.ts'
import type { Card, Found, Provider, ProviderCall } from '../provider.ts'

export interface HttpRequest {
  /** Under `url`. */
  readonly path: string
  /** Default POST. */
  readonly method?: string
  readonly body?: Json
  readonly headers?: Readonly<Record<string, string>>
}

export interface HttpJsonOptions<P, R> {
  readonly name: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** The request of an operation. */
  readonly request: (operation: string, params: P, call: ProviderCall) => HttpRequest
  /** What is made of its answer. Default: the JSON as it is. */
  readonly answer?: (body: Json, operation: string) => R
  /** The header that carries the key. Default none: it knows no keys. */
  readonly keyHeader?: string
  /** How long it remembers a key. Must be said when there is a keyHeader. */
  readonly keyTtl?: Duration
  readonly keyMaxLength?: number
  readonly replaysErrors?: boolean
  readonly settles?: Duration
  /** How a key is looked up: the request, and what its answer says. A 404 is 'not_found'. */
  readonly lookup?: {
    readonly request: (key: string, call: ProviderCall) => HttpRequest
    readonly found?: (body: Json) => Found<R>
  }
  readonly health?: HttpRequest
  /** Reads answers before the rule by status does: for a 200 that means no, a 422 that is the customer's. */
  readonly judge?: (answer: { readonly status: number; readonly body: Json }) => Judgement | undefined
}

/** An answer that is no success. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError'
  readonly status: number
  readonly body: Json
  readonly retryAfterMs: number | undefined
  constructor(name: string, status: number, body: Json, after: number | undefined) {
    super(`${name} answered ${status}${typeof body === 'string' && body !== '' ? `: ${body.slice(0, 200)}` : ''}`)
    this.status = status
    this.body = body
    this.retryAfterMs = after
  }
}

export function httpJson<P, R>(options: HttpJsonOptions<P, R>): Provider<P, R> {
  const { name, url, keyHeader, keyTtl, keyMaxLength = 255, replaysErrors = false, settles, lookup, health } = options
  const faults: Fault[] = []
  if (!URL.canParse(url)) faults.push({ at: 'url', says: `'${url}' is no URL` })
  if (keyHeader !== undefined && keyTtl === undefined)
    faults.push({ at: 'keyTtl', says: 'must say how long a key is remembered, since there is a keyHeader' })
  if (faults.length > 0) throw new ConfigError(`httpJson ${name}`, faults)

  async function ask({ path, method = 'POST', body, headers }: HttpRequest, call: ProviderCall, keyed: boolean): Promise<Json> {
    const answer = await fetch(new URL(path, url), {
      method,
      signal: call.signal,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
        ...headers,
        ...(keyed && keyHeader !== undefined ? { [keyHeader]: call.key } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const said = jsonOf(await answer.text())
    if (!answer.ok)
      throw new HttpStatusError(name, answer.status, said, retryAfterMs(answer.headers.get('retry-after') ?? undefined))
    return said
  }

  const judge: Judge = answer => {
    if ('value' in answer) return options.judge?.({ status: 200, body: answer.value as Json }) ?? { ran: 'yes', blame: 'none' }
    const { error } = answer
    if (error instanceof HttpStatusError) return options.judge?.(error) ?? judgeStatus(error.status, error.retryAfterMs)
    return judgeCommon(error) ?? MAYBE
  }
  const card: Card = {
    keyTtl: keyHeader === undefined ? 0 : keyTtl!,
    keyMaxLength,
    replaysErrors,
    ...(settles === undefined ? {} : { settles }),
  }
  const read = (body: Json, operation: string) => (options.answer === undefined ? (body as R) : options.answer(body, operation))

  return Object.freeze({
    name,
    card,
    judge,
    call: async (operation: string, params: P, call: ProviderCall) =>
      read(await ask(options.request(operation, params, call), call, true), operation),
    ...(lookup === undefined
      ? {}
      : {
          async lookup(key: string, call: ProviderCall): Promise<Found<R>> {
            try {
              const body = await ask({ method: 'GET', ...lookup.request(key, call) }, call, false)
              return lookup.found === undefined ? { value: read(body, call.operation) } : lookup.found(body)
            } catch (error) {
              if (error instanceof HttpStatusError && error.status === 404) return 'not_found'
              throw error
            }
          },
        }),
    ...(health === undefined ? {} : { health: (call: ProviderCall) => ask({ method: 'GET', ...health }, call, false) }),
  })
}

function jsonOf(text: string): Json {
  try {
    return text === '' ? null : (JSON.parse(text) as Json)
  } catch {
    return text
  }
}
