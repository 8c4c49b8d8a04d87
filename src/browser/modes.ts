// The page's own copy of all modes: the server's first state if the page came with one, then whatever the stream tells. What was never
// told of is on: a page that knows nothing acts as it did before.

import type { ShownFeature, ShownModes } from '../core/index.ts'
import { follow } from './stream.ts'

export interface PageModes {
  /** The same object until something of it changes. */
  get(name: string): ShownFeature
  all(): Readonly<Record<string, ShownFeature>>
  /** Milliseconds from then (on the server's clock) until now. */
  sinceMs(then: number): number
  /** The stream is open as long as somebody listens. Returns its undo. */
  subscribe(fn: () => void): () => void
}

const SAYS = 'the site is getting itself working again'
const ON: ShownFeature = { mode: 'on', since: 0, causes: [] }

/** `at`: the mode endpoint, default `/selfheal/modes`. `first`: what the server rendered. */
export function modes({ at = '/selfheal/modes', first }: { at?: string; first?: ShownModes | undefined } = {}): PageModes {
  const listeners = new Set<() => void>()
  let known: Record<string, ShownFeature> = {}
  let skewMs = 0
  let end: (() => void) | undefined

  const got = (told: ShownModes) => {
    skewMs = told.at - Date.now()
    const next: Record<string, ShownFeature> = {}
    let changed = false
    for (const name of Object.keys({ ...known, ...told.features })) {
      const was = known[name]
      const is = told.features[name]
      if (is !== undefined) next[name] = JSON.stringify(is) === JSON.stringify(was) ? was! : is
      changed ||= next[name] !== was
    }
    known = next
    if (changed) for (const fn of [...listeners]) fn()
  }
  // The app itself is down: what writes would be refused. Since when is not known better.
  const down = (code: string) => {
    const since = Date.now() + skewMs
    const features: Record<string, ShownFeature> = {}
    for (const [name, one] of Object.entries(known))
      features[name] =
        one.mode === 'on' && one.otherwise ? { ...one, mode: one.otherwise, since, causes: [{ code, says: SAYS, since }] } : one
    got({ v: 1, at: since, spreadMs: 0, features })
  }
  if (first !== undefined) got(first)

  return {
    get: name => known[name] ?? ON,
    all: () => known,
    sinceMs: then => Math.max(0, Date.now() + skewMs - then),
    subscribe(fn) {
      const own = () => fn()
      listeners.add(own)
      end ??= follow(at, got, down)
      return () => {
        listeners.delete(own)
        if (listeners.size > 0) return
        end?.()
        end = undefined
      }
    },
  }
}

let one: PageModes | undefined

/** The page's one copy, with the first state that the server put into the page (`modes.script()`), if it did. */
export function pageModes(): PageModes {
  if (one !== undefined) return one
  const script = typeof document === 'undefined' ? null : document.getElementById('selfheal-modes')
  one = modes({ at: script?.dataset['at'] ?? '/selfheal/modes', first: script ? JSON.parse(script.textContent) : undefined })
  return one
}
