// Admission, one function a framework: before the body is parsed, with the deadline around everything the handler does. A refusal, or a
// handler that has not answered by its deadline, is a 503 problem from us, not a 504 from the proxy.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isRejected, type RejectedError } from '../core/index.ts'
import type { Admission } from './admission.ts'
import { bodyOf } from './arriving.ts'
import { mute, onceStreaming } from './streams.ts'

interface Busy {
  readonly type: string
  readonly title: string
  readonly status: 503
  readonly detail: string
  readonly code: string
  readonly retryAfterMs: number
}

function answerFor(
  admission: Admission,
  error: RejectedError,
): { readonly headers: Record<string, string>; readonly body: string } {
  const seconds = admission.retryAfter(error)
  const began = error.ran === 'maybe'
  const busy: Busy = {
    type: `urn:selfheal:problem:${began ? 'too-late' : 'busy'}`,
    title: began ? 'It took too long' : 'Too busy just now',
    status: 503,
    detail: began
      ? 'This took longer than it may, and was given up. It may have been done: look before you try again.'
      : 'There is more to do than can be done just now. Nothing was done; please try again in a moment.',
    code: error.code,
    retryAfterMs: seconds * 1_000,
  }
  const headers = { 'content-type': 'application/problem+json', 'retry-after': String(seconds), 'cache-control': 'no-store' }
  return { headers, body: JSON.stringify(busy) }
}

/** Serves it when it is let in. `go` starts the app's own work; its answer ends the request's place, and so does the head of a stream. */
function admit(
  admission: Admission,
  asked: { readonly url: string },
  request: IncomingMessage,
  response: ServerResponse,
  go: () => void,
) {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the caller went away'))
  })
  const serve = () =>
    new Promise<void>(resolve => {
      if (response.writableEnded || response.destroyed) return resolve()
      response.once('close', resolve)
      onceStreaming(response, resolve)
      go()
    })
  admission
    .run(
      { method: request.method ?? 'GET', url: asked.url, headers: request.headers, arriving: bodyOf(request) },
      serve,
      gone.signal,
    )
    .catch(error => {
      // The handler's own: what becomes of it is not ours to say.
      if (!isRejected(error)) return throwOn(error)
      if (response.headersSent || response.destroyed) return
      request.resume()
      const { headers, body } = answerFor(admission, error)
      for (const name of response.getHeaderNames()) response.removeHeader(name)
      response.writeHead(503, headers).end(body)
      mute(response)
    })
}

/** As it would be without us: an error that nobody caught. */
function throwOn(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}

/** `createServer(nodeAdmission(admission(), (request, response) => …))` */
export function nodeAdmission<R extends IncomingMessage, S extends ServerResponse>(
  admission: Admission,
  handler: (request: R, response: S) => unknown,
): (request: R, response: S) => void {
  return (request, response) =>
    admit(admission, { url: request.url ?? '/' }, request, response, () => void handler(request, response))
}

/** `app.use(expressAdmission(admission()))`, first of all. */
export function expressAdmission(
  admission: Admission,
): (request: IncomingMessage & { readonly originalUrl?: string }, response: ServerResponse, next: () => void) => void {
  return (request, response, next) =>
    admit(admission, { url: request.originalUrl ?? request.url ?? '/' }, request, response, next)
}

/** `app.addHook('onRequest', fastifyAdmission(admission()))` */
export function fastifyAdmission(
  admission: Admission,
): (
  request: { readonly raw: IncomingMessage; readonly url: string },
  reply: { readonly raw: ServerResponse },
  done: () => void,
) => void {
  return ({ raw, url }, reply, done) => admit(admission, { url }, raw, reply.raw, done)
}

/** `app.use(honoAdmission(admission()))`. Its place is given back when the Response is made. */
export function honoAdmission(
  admission: Admission,
): (context: { readonly req: { readonly raw: Request } }, next: () => Promise<void>) => Promise<Response | undefined> {
  return async (context, next) => {
    const { raw } = context.req
    const { pathname, search } = new URL(raw.url)
    // On Node (@hono/node-server) the request that it was made of is there.
    const { incoming } = ((context as { env?: unknown }).env ?? {}) as { incoming?: IncomingMessage }
    const arriving = incoming === undefined ? undefined : bodyOf(incoming)
    try {
      await admission.run({ method: raw.method, url: pathname + search, headers: raw.headers, arriving }, next, raw.signal)
      return undefined
    } catch (error) {
      if (!isRejected(error)) throw error
      const { headers, body } = answerFor(admission, error)
      return new Response(body, { status: 503, headers })
    }
  }
}
