// What the page knows, in one place, and who is drawn anew when it changes. A part that has not changed stays the same object.
import { useEffect, useState } from 'preact/hooks'
import type { Away, Part, Told } from './facts.ts'

export type Link = 'live' | 'polling' | 'lost'
export interface State {
  readonly link: Link
  readonly away: Away | undefined
  readonly version: string
  readonly pid: number
  readonly parts: ReadonlyMap<string, Part>
  /** Rises with each change of any part. */
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

export function takeParts({ whole, at, version, pid, parts, gone }: News) {
  const next = new Map(whole ? [] : state.parts)
  for (const path of gone) next.delete(path)
  for (const part of parts) next.set(part.path, part)
  change({ parts: next, version, pid, away: undefined, look: state.look + 1, aheadMs: at - Date.now() })
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
