// What the dashboard answers: its page, the parts, one stream, what was, and verbs with a reason. Data flow: control client → feed, past →
// JSON. Knows no room's parts: only that they have a path, a kind, a snapshot and verbs.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { streamSSE } from 'hono/streaming'
import type { ControlClient } from '../control/index.ts'
import { type Clock, SelfhealError } from '../core/index.ts'
import { askForToken, doorman, headers, problem } from './doorman.ts'
import { awayOf, type Feed, type Message } from './feed.ts'
import type { DashboardOptions } from './options.ts'
import { pageFile } from './page-files.ts'
import { incidents, lastDrills } from './past.ts'
import type { Door } from './rule.ts'
import { pageWish, whoOf } from './wish.ts'

export interface Behind {
  readonly folder: string
  readonly client: ControlClient
  readonly feed: Feed
  readonly clock: Clock
  readonly door: Door
  readonly token: string | undefined
  readonly drill: DashboardOptions['drill']
  readonly drills: DashboardOptions['drills']
  /** Aborts when the dashboard ends: streams end with it. */
  readonly ending: AbortSignal
}

const MOST_BYTES = 64 * 1024
const BEAT_MS = 15_000
/** A page that does not read is left behind: it asks for the whole when it comes back. */
const MOST_WAITING = 500

export function routes({ folder, client, feed, clock, door, token, drill, drills, ending }: Behind): Hono {
  const app = new Hono()
  app.use(headers)
  app.use(doorman(door))
  app.use(
    bodyLimit({
      maxSize: MOST_BYTES,
      onError: c => c.json(problem('SELFHEAL_DASHBOARD_TOO_LARGE', 'The body is too large', 'Send at most 64 KiB.'), 413),
    }),
  )
  if (token !== undefined) askForToken(app, token)

  app.get('/api/parts', async c => c.json({ v: 1, at: clock.wall(), ...(await client.parts()) }))
  app.get('/api/incidents', async c => c.json({ v: 1, incidents: await incidents(client, folder, clock.wall()) }))
  app.get('/api/drills', async c =>
    c.json({ v: 1, ...(lastDrills(folder) as object), can: drill !== undefined, drills: (await drills?.()) ?? [] }),
  )

  app.get('/api/stream', c =>
    streamSSE(c, async stream => {
      const waiting: Message[] = []
      let wake = () => {}
      let over = false
      const end = () => {
        over = true
        wake()
      }
      const unwatch = feed.watch(message => {
        if (waiting.push(message) > MOST_WAITING) end()
        else wake()
      })
      const beat = () => {
        void stream.write(': beat\n\n')
        unbeat = clock.after(BEAT_MS, beat)
      }
      let unbeat = clock.after(BEAT_MS, beat)
      stream.onAbort(end)
      ending.addEventListener('abort', end, { once: true })
      try {
        while (!over && !ending.aborted) {
          const message = waiting.shift()
          if (message !== undefined) await stream.writeSSE({ event: message.is, data: JSON.stringify(message) })
          else await new Promise<void>(resolve => (wake = resolve))
        }
      } finally {
        unwatch()
        unbeat()
        ending.removeEventListener('abort', end)
      }
    }),
  )

  app.post('/api/act', async c => {
    const { path, verb, args, who } = pageWish(await jsonOf(c.req.raw))
    return c.json({ v: 1, value: await client.act(path, verb, args, who) })
  })
  app.post('/api/drills/:name', async c => {
    const { by, why } = whoOf(await jsonOf(c.req.raw))
    const name = c.req.param('name')
    if (drill === undefined || !((await drills?.()) ?? []).some(one => one.name === name))
      throw new SelfhealError('SELFHEAL_DRILL_UNKNOWN', `There is no drill ${name} to begin here`, 'See: selfheal drill --list')
    return c.json({ v: 1, ...(await drill(name)), by, why })
  })

  app.get('*', c => {
    const file = pageFile(c.req.path)
    if (file === undefined) return c.json(problem('SELFHEAL_DASHBOARD_UNKNOWN', `Nothing at ${c.req.path}`, 'Open /'), 404)
    return c.body(file.body, 200, { 'content-type': file.type, 'cache-control': file.kept })
  })
  app.onError((error, c) => {
    const { code, message, mend } = awayOf(error)
    return c.json(problem(code, message, mend), code.endsWith('MALFORMED') ? 400 : code.endsWith('NOTHING_RUNS') ? 503 : 409)
  })
  return app
}

/** JSON alone: a form of another site can't send it without asking first. */
async function jsonOf(request: Request): Promise<unknown> {
  const isJson = request.headers.get('content-type')?.startsWith('application/json') ?? false
  const text = isJson ? await request.text() : ''
  try {
    return JSON.parse(text)
  } catch {
    throw new SelfhealError('SELFHEAL_DASHBOARD_MALFORMED', 'Nothing was done: the body is no JSON', 'Send application/json.')
  }
}
