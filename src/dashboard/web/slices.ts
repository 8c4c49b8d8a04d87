// Long work in slices, so that no task on the page takes long however many parts there are: a frame takes in so many parts that changed,
// and draws so many rows that are new. What is first on the page is drawn first.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Parts taken into the store at once. */
export const TAKEN = 40
/** Rows that are drawn for the first time between two frames, on the whole page. */
const ROWS = 20

/** When the frame after this one stands. A page that is not looked at has no frames: at leisure then. Returns its undo. */
export function afterFrame(fn: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  if (document.hidden) {
    timer = setTimeout(fn, 200)
    return () => clearTimeout(timer)
  }
  const frame = requestAnimationFrame(() => (timer = setTimeout(fn, 0)))
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
}

let left = ROWS

function claim(rows: number, weight: number): number {
  const got = Math.min(rows, Math.floor(left / weight))
  if (got > 0 && left === ROWS) afterFrame(() => (left = ROWS))
  left -= got * weight
  return got
}

/** How many of `count` are drawn: more with each frame until all are. `weight`: how many rows one is worth, at most 20. */
export function useGrowing(count: number, weight = 1): number {
  const drawn = useRef(0)
  const [, again] = useState(0)
  drawn.current = Math.min(drawn.current, count)
  drawn.current += claim(count - drawn.current, weight)
  const isAll = drawn.current === count
  useLayoutEffect(() => (isAll ? undefined : afterFrame(() => again(n => n + 1))))
  return drawn.current
}
