// The limit's rule, for one key: how many run at once, and who waits. No clock, no timers. A waiter is granted by `resume`, or refused by
// `drop`; both leave the queue first. Never more than `max` run; every slot comes back at the end of the work, or of its lease.
import type { Priority } from '../call.ts'

/** A call as the limit keeps it. */
export interface Place {
  readonly priority: Priority
  /** When it began to wait. */
  queuedAt: number
  queued: boolean
  placeBefore: Place | undefined
  placeAfter: Place | undefined
  resume(): void
  drop(why: 'shed'): void
}

interface Line {
  head: Place | undefined
  tail: Place | undefined
}

export interface LimitFigures {
  /** How many may wait; undefined: as many as may run. */
  readonly queue: number | undefined
  readonly leaseMs: number
  /** Waits longer than this are a standing queue, when all of a stretch are. */
  readonly targetMs: number
  readonly stretchMs: number
  readonly expireMs: number
}

export interface LimitCell {
  readonly key: string
  max: number
  running: number
  waiting: number
  /** By priority, the highest first. */
  readonly lines: readonly Line[]
  /** Grants in a row that had waited longer than the target, and since when. */
  late: number
  lateSince: number
}

const RANK: Readonly<Record<Priority, number>> = { critical: 0, default: 1, sheddable: 2, background: 3 }
/** So few grants say nothing about a queue. */
const LEAST_LATE = 8
export const WAIT = -1
export const FULL = -2
export const PASS = 1

export function newLimitCell(key: string, max: number): LimitCell {
  const line = (): Line => ({ head: undefined, tail: undefined })
  return { key, max, running: 0, waiting: 0, lines: [line(), line(), line(), line()], late: 0, lateSince: 0 }
}

export function enterLimit(cell: LimitCell, f: LimitFigures, place: Place, now: number): number {
  if (cell.running < cell.max && cell.waiting === 0) {
    cell.running++
    return PASS
  }
  if (cell.waiting >= (f.queue ?? cell.max) && !makeWay(cell, place)) return FULL
  const line = cell.lines[RANK[place.priority]]!
  place.queued = true
  place.queuedAt = now
  place.placeBefore = line.tail
  place.placeAfter = undefined
  if (line.tail === undefined) line.head = place
  else line.tail.placeAfter = place
  line.tail = place
  cell.waiting++
  return WAIT
}

/** A slot is free again. */
export function leave(cell: LimitCell, f: LimitFigures, now: number): void {
  cell.running--
  grant(cell, f, now)
}

/** Lets in as many as fit: the highest priority first; in the order they came, or, in a standing queue, the newest first. */
export function grant(cell: LimitCell, f: LimitFigures, now: number): void {
  while (cell.running < cell.max && cell.waiting > 0) {
    const standing = cell.late >= LEAST_LATE && now - cell.lateSince >= f.stretchMs
    const line = cell.lines.find(({ head }) => head !== undefined)!
    const place = standing ? line.tail! : line.head!
    quit(cell, place)
    const waited = now - place.queuedAt
    if (waited <= f.targetMs) cell.late = 0
    else if (cell.late++ === 0) cell.lateSince = now
    if (standing) expire(cell, f, now)
    cell.running++
    place.resume()
  }
  if (cell.waiting === 0) cell.late = 0
}

/** Leaves the queue, granted or not. */
export function quit(cell: LimitCell, place: Place): void {
  if (!place.queued) return
  const line = cell.lines[RANK[place.priority]]!
  const { placeBefore: before, placeAfter: after } = place
  if (before === undefined) line.head = after
  else before.placeAfter = after
  if (after === undefined) line.tail = before
  else after.placeBefore = before
  place.placeBefore = undefined
  place.placeAfter = undefined
  place.queued = false
  cell.waiting--
}

function expire(cell: LimitCell, f: LimitFigures, now: number) {
  for (const line of cell.lines)
    for (let head = line.head; head !== undefined && now - head.queuedAt > f.expireMs; head = line.head) {
      quit(cell, head)
      head.drop('shed')
    }
}

/** The newest of the lowest priority gives way to a higher one. */
function makeWay(cell: LimitCell, place: Place): boolean {
  for (let rank = cell.lines.length - 1; rank > RANK[place.priority]; rank--) {
    const last = cell.lines[rank]!.tail
    if (last === undefined) continue
    quit(cell, last)
    last.drop('shed')
    return true
  }
  return false
}
