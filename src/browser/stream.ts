// How a page hears of modes: by one stream; when that is lost, again at a random moment, so that all pages of an outage do not come back
// together; where streams are refused or held back on the way, by asking now and then. Never throws, never ends by itself.
import type { ShownModes } from '../core/index.ts'

const SILENT_MS = 40_000
const FIRST_WITHIN_MS = 6_000
const CAP_MS = 60_000

/** `down`: a standby answers for the app. Returns its end. */
export function follow(at: string, got: (modes: ShownModes) => void, down: (code: string) => void = () => {}): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout>
  let tries = 0
  let spreadMs = 2_000
  let ended = false

  const take = (text: string) => {
    const modes = JSON.parse(text) as ShownModes
    spreadMs = modes.spreadMs || spreadMs
    if (!ended) got(modes)
  }
  const later = (fn: () => void, ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(fn, ms)
  }
  const again = () => {
    if (!ended) later(open, Math.random() * Math.max(spreadMs, Math.min(CAP_MS, 1_000 * 2 ** tries++)))
  }
  const lost = (heard: boolean) => {
    source?.close()
    if (heard) return again()
    fetch(at, { cache: 'no-store' })
      .then(answer =>
        answer.text().then(text => {
          if (answer.ok) return take(text)
          const { code } = JSON.parse(text)
          if (code === 'SELFHEAL_STANDBY' && !ended) down(code)
        }),
      )
      .catch(() => {})
      .then(again)
  }
  const open = () => {
    if (ended) return
    source?.close()
    if (typeof EventSource === 'undefined') return lost(false)
    let heard = false
    const alive = () => {
      heard = true
      tries = 0
      later(() => lost(true), SILENT_MS)
    }
    source = new EventSource(`${at}/stream`)
    source.onmessage = event => {
      alive()
      take(event.data)
    }
    source.addEventListener('beat', alive)
    // The browser's own return is not spread.
    source.onerror = () => lost(heard)
    later(() => lost(false), FIRST_WITHIN_MS)
  }
  open()
  addEventListener('online', open)
  return () => {
    ended = true
    clearTimeout(timer)
    source?.close()
    removeEventListener('online', open)
  }
}
