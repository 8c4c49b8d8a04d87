// GET /selfheal/modes/stream: to every page the whole state at once, and again at every change. Made text once for all. A page that does
// not read is owed only the latest state; one that stays stuck is let go, and comes back by itself.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { quietAfter, type ShownModes, type Undo } from '../core/index.ts'
import type { Endpoint } from './modes-handler.ts'

const BEAT_MS = 15_000
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  // Proxies must not collect it: nginx asks for this.
  'x-accel-buffering': 'no',
}

interface Page {
  readonly response: ServerResponse
  /** It has not read what it was told, and is owed the latest. */
  owed: boolean
  stuck: number
}

export function modesStream({ shown, watch, clock, count }: Pick<Endpoint, 'shown' | 'watch' | 'clock' | 'count'>) {
  const pages = new Set<Page>()
  let unwatch: Undo | undefined
  let unbeat: Undo = () => {}

  const leave = (page: Page) => {
    if (!pages.delete(page)) return
    count(pages.size)
    if (pages.size > 0) return
    unwatch?.()
    unwatch = undefined
    unbeat()
  }
  const write = (page: Page, text: string) => {
    if (page.response.writableNeedDrain) page.owed = true
    else if (!page.response.destroyed) page.response.write(text)
  }
  const tell = (now: ShownModes) => {
    const text = eventOf(now)
    for (const page of pages) write(page, text)
  }
  const beat = () => {
    unbeat = quietAfter(clock, BEAT_MS, beat)
    for (const page of [...pages]) {
      page.stuck = page.response.writableNeedDrain ? page.stuck + 1 : 0
      if (page.stuck < 2) write(page, 'event: beat\ndata: 0\n\n')
      else {
        leave(page)
        page.response.destroy()
      }
    }
  }

  return Object.freeze({
    size: () => pages.size,
    open(request: IncomingMessage, response: ServerResponse) {
      request.resume()
      response.writeHead(200, HEADERS)
      if (request.method === 'HEAD') return void response.end()
      const page: Page = { response, owed: false, stuck: 0 }
      response.once('close', () => leave(page))
      response.on('error', () => leave(page))
      response.on('drain', () => {
        if (!page.owed) return
        page.owed = false
        response.write(eventOf(shown()))
      })
      // A stream must not be ended by the server's limit on idle sockets.
      response.socket?.setTimeout(0)
      response.write(eventOf(shown()))
      pages.add(page)
      count(pages.size)
      if (pages.size > 1) return
      unwatch = watch(tell)
      unbeat = quietAfter(clock, BEAT_MS, beat)
    },
    /** Ends all, so that a server can close; pages come back to whoever answers then. */
    close() {
      for (const page of [...pages]) {
        leave(page)
        page.response.end()
      }
    },
  })
}

function eventOf(shown: ShownModes): string {
  return `data: ${JSON.stringify(shown)}\n\n`
}
