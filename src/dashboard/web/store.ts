// What the page knows, in one place, and who is drawn anew when it changes. A part that has not changed stays the same object.
import { useEffect, useState } from 'preact/hooks'
import type { Away, Part, Told } from './facts.ts'
import { afterFrame, TAKEN } from './slices.ts'

export type Link = 'live' | 'polling' | 'lost'
export interface State {
  readonly link: Link
  readonly away: Away | undefined
  readonly version: string
  readonly pid: number
  readonly parts: ReadonlyMap<string, Part>
  /** Rises with each word of the parts. */
  readonly look: number
  /** The newest first. */
  readonly told: readonly Told[]
  /** How far the machine's clock is ahead of this one's. */
  readonly aheadMs: number
}

const MOST_TOLD = 60
let state: State = { link: 'lost', away: undefined, version: '', pid: 0, parts: new Map(), look: 0, told: [], aheadMs: 0 }
const listeners = new Set<() => void>()
let drawing = false

export const now = () => Date.now() + state.aheadMs
export const current = () => state

export function change(some: Partial<State>) {
  state = { ...state, ...some }
  if (drawing) return
  drawing = true
  // Once for a burst. A page that is not looked at has no frames: it is drawn all the same, at leisure.
  const draw = () => {
    drawing = false
    for (const fn of [...listeners]) fn()
  }
  if (document.hidden) setTimeout(draw, 200)
  else requestAnimationFrame(draw)
}

export interface News {
  readonly whole: boolean
  readonly at: number
  readonly version: string
  readonly pid: number
  readonly parts: readonly Part[]
  readonly gone: readonly string[]
}

/** Told, and not taken in yet; null: it has gone. */
const waiting = new Map<string, Part | null>()
let taking = false

export function takeParts({ whole, at, version, pid, parts, gone }: News) {
  if (whole) {
    const told = new Set(parts.map(part => part.path))
    waiting.clear()
    for (const path of state.parts.keys()) if (!told.has(path)) waiting.set(path, null)
  }
  for (const path of gone) waiting.set(path, null)
  // What stands first on the page first; components may be many.
  for (const isMany of [false, true])
    for (const part of parts) if ((part.kind === 'component') === isMany) waiting.set(part.path, part)
  change({ version, pid, away: undefined, aheadMs: at - Date.now() })
  if (!taking) takeSome()
}

function takeSome() {
  const parts = new Map(state.parts)
  let changed = 0
  let seen = 0
  for (const [path, part] of waiting) {
    if (changed === TAKEN || seen === TAKEN * 5) break
    seen++
    waiting.delete(path)
    if (part === null) changed += parts.delete(path) ? 1 : 0
    else if (JSON.stringify(part) !== JSON.stringify(parts.get(path))) {
      parts.set(path, part)
      changed++
    }
  }
  change(changed === 0 ? { look: state.look + 1 } : { parts, look: state.look + 1 })
  taking = waiting.size > 0
  if (taking) afterFrame(takeSome)
}

export function takeTold(event: Told) {
  change({ told: [event, ...state.told].slice(0, MOST_TOLD) })
}

export function useStore(): State {
  const [, set] = useState(0)
  useEffect(() => {
    const fn = () => set(n => n + 1)
    listeners.add(fn)
    fn()
    return () => void listeners.delete(fn)
  }, [])
  return state
}
