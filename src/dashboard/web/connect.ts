// The page's line to its server: one stream; when that fails, questions every two seconds until the stream is back.
import type { Away, Told } from './facts.ts'
import { change, type News, takeParts, takeTold } from './store.ts'

const POLL_MS = 2_000
const AGAIN_MS = 2_000

export function connect() {
  let polling: ReturnType<typeof setInterval> | undefined
  const stopPolling = () => {
    clearInterval(polling)
    polling = undefined
  }
  const poll = async () => {
    try {
      const response = await fetch('/api/parts')
      const said = await response.json()
      // The page was open when the token changed.
      if (response.status === 401) location.reload()
      // The stream is back meanwhile: it knows better.
      if (polling === undefined) return
      if (response.ok) takeParts({ ...(said as News), whole: true, gone: [] })
      change({ link: 'polling', away: response.ok ? undefined : (said as Away) })
    } catch {
      if (polling !== undefined) change({ link: 'lost' })
    }
  }
  const open = () => {
    const stream = new EventSource('/api/stream')
    const heard = (name: string, fn: (said: unknown) => void) =>
      stream.addEventListener(name, event => {
        fn(JSON.parse((event as MessageEvent<string>).data))
        if (polling !== undefined) stopPolling()
      })
    stream.onopen = () => {
      stopPolling()
      change({ link: 'live' })
    }
    stream.onerror = () => {
      stream.close()
      if (polling === undefined) {
        polling = setInterval(poll, POLL_MS)
        void poll()
      }
      setTimeout(open, AGAIN_MS)
    }
    heard('parts', said => takeParts(said as News))
    heard('told', said => takeTold((said as { readonly event: Told }).event))
    heard('away', said => change({ away: (said as { readonly why: Away }).why }))
  }
  open()
}

export interface Wish {
  readonly path: string
  readonly verb: string
  readonly args: unknown
  readonly why: string
  readonly until?: number
}

export const act = (wish: Wish) => post('/api/act', { ...wish, confirm: true })
export const beginDrill = (name: string, why: string) => post(`/api/drills/${encodeURIComponent(name)}`, { why, confirm: true })

/** Throws an error in words for people. */
export async function post(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const said = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${said['message']}. ${said['mend']}`)
  return said
}

export async function ask<T>(path: string): Promise<T> {
  const response = await fetch(path)
  const said = await response.json()
  if (!response.ok) throw new Error(`${said.message}. ${said.mend}`)
  return said as T
}
