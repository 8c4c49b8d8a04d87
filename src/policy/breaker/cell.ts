// What the breaker keeps of one key: its state, its window, and its calls in flight in the order their work began, so that the late are
// at the head. Constant in memory but for the calls in flight, which are their own nodes.
import type { Priority } from '../call.ts'
import { emptyWindow, type Window } from './window.ts'

export type State = 'closed' | 'open' | 'half_open'

/** A call in flight, as the rule keeps it: in start order, so that the late are at the head. */
export interface Flight {
  /** When its work began, less the time for which our loop had been blocked by then. */
  begunAt: number
  /** The epoch it entered in. */
  pass: number
  /** One that is critical passes a ramp. */
  readonly priority?: Priority
  /** It has been counted as slow (or, as a probe, as failed) while it still ran. */
  counted: boolean
  flightBefore: Flight | undefined
  flightAfter: Flight | undefined
}

export interface Moved {
  readonly from: State
  readonly to: State
  readonly at: number
  readonly why: string
  readonly calls: number
  readonly failed: number
  readonly slow: number
  /** Since the state it left began. */
  readonly afterMs: number
}

export interface Cell {
  readonly key: string
  state: State
  /** An operator holds it: open (isolated), or closed whatever comes. */
  held: 'open' | 'closed' | undefined
  /** Grows with each transition: what began before moves nothing. */
  epoch: number
  since: number
  /** Open: when it may be probed. */
  until: number
  /** Closed: when its ramp began; NO_RAMP when it is over. */
  rampFrom: number
  credit: number
  trips: number
  connects: number
  inFlight: number
  /** For how long our own loop was blocked, of all time: a call is not slow because we were. Set by whoever calls the rule. */
  blockedMs: number
  head: Flight | undefined
  tail: Flight | undefined
  passed: number
  failed: number
  /** Calls that were, since it was last closed. */
  refused: number
  readonly window: Window
  moved: Moved[] | undefined
  /** The event that told of its opening: what follows is because of it. */
  openedBy: string | undefined
}

export const NO_RAMP = Number.POSITIVE_INFINITY

export function newCell(key: string, now: number): Cell {
  return {
    key,
    state: 'closed',
    held: undefined,
    epoch: 0,
    since: now,
    until: 0,
    rampFrom: NO_RAMP,
    credit: 0,
    trips: 0,
    connects: 0,
    inFlight: 0,
    blockedMs: 0,
    head: undefined,
    tail: undefined,
    passed: 0,
    failed: 0,
    refused: 0,
    window: emptyWindow(),
    moved: undefined,
    openedBy: undefined,
  }
}

export function append(cell: Cell, flight: Flight, now: number) {
  const { tail } = cell
  flight.begunAt = now - cell.blockedMs
  flight.flightBefore = tail
  flight.flightAfter = undefined
  if (tail === undefined) cell.head = flight
  else tail.flightAfter = flight
  cell.tail = flight
  cell.inFlight++
}

export function unlink(cell: Cell, flight: Flight) {
  const { flightBefore: before, flightAfter: after } = flight
  if (before === undefined) cell.head = after
  else before.flightAfter = after
  if (after === undefined) cell.tail = before
  else after.flightBefore = before
  flight.flightBefore = undefined
  flight.flightAfter = undefined
  cell.inFlight--
}
