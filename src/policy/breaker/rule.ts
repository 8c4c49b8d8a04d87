// The breaker's rule, for one key: no clock, no timers, no events. It changes its cell, and leaves what happened in `cell.moved`.
//
//             failures, slow calls, connects in a row, trip()
//    ┌────────┐ ───────────────────────────────► ┌──────┐ ◄──────────────── enough probes failed
//    │ closed │                                  │ open │ ───────────────► ┌───────────┐
//    └────────┘ ◄── ramp ── closed, ramping ◄─┐  └──────┘  its time is up  │ half_open │
//                                             ├── restore() ─┘             └───────────┘
//                                             └────────────────────────────── enough passed
import type { Judgement } from '../../core/index.ts'
import { append, type Cell, type Flight, NO_RAMP, type State, unlink } from './cell.ts'
import type { Figures } from './options.ts'
import { clearWindow, count, moveWindow } from './window.ts'

/** Refusals of enter(). */
export const OPEN = -1
export const RAMPING = -2
export const ISOLATED = -3

/** A pass (the epoch), or a refusal. */
export function enter(cell: Cell, f: Figures, flight: Flight, now: number): number {
  if (cell.held !== undefined) {
    if (cell.held === 'open') return ISOLATED
  } else {
    if (cell.head !== undefined && now - cell.blockedMs - cell.head.begunAt >= f.lateMs) countLate(cell, f, now)
    if (cell.state === 'closed') {
      if (cell.rampFrom !== NO_RAMP && !rampAdmits(cell, f, now) && flight.priority !== 'critical') return RAMPING
    } else {
      if (cell.state === 'open') {
        if (now < cell.until) return refuse(cell)
        move(cell, 'half_open', now, 'its time is up')
      }
      if (cell.inFlight + cell.passed + cell.failed >= f.probes) return refuse(cell)
    }
  }
  flight.pass = cell.epoch
  flight.counted = false
  append(cell, flight, now)
  return cell.epoch
}

function refuse(cell: Cell): number {
  cell.refused++
  return OPEN
}

/** Its work begins only now: it had waited in a queue of ours. */
export function begun(cell: Cell, flight: Flight, now: number): void {
  if (flight.pass !== cell.epoch || flight.counted) return
  unlink(cell, flight)
  append(cell, flight, now)
}

/** What the call came to. From before the last transition it moves nothing. */
export function answered(cell: Cell, f: Figures, flight: Flight, judgement: Judgement, now: number): void {
  if (flight.pass !== cell.epoch) return
  const { counted } = flight
  if (!counted) unlink(cell, flight)
  const { blame } = judgement
  const bad = blame === 'them'
  const slow = !counted && now - cell.blockedMs - flight.begunAt >= f.slowMs
  if (cell.state === 'half_open') {
    // A probe that was ignored, given up or refused further in gives its permit back.
    if (counted || !(bad || slow || blame === 'none')) return
    if (bad || slow) probeFailed(cell, f, now, bad ? 'a probe failed' : 'a probe was slow')
    else if (++cell.passed >= f.passes) close(cell, now, `${cell.passed} probes passed`)
    return
  }
  if (!bad && !slow && blame !== 'none') return
  moveWindow(cell.window, now, f.windowMs)
  count(cell.window, counted ? 0 : 1, bad ? 1 : 0, slow ? 1 : 0)
  if (bad) cell.connects = judgement.ran === 'no' ? cell.connects + 1 : 0
  else if (blame === 'none') cell.connects = 0
  if (bad || slow) judge(cell, f, now)
}

/** Opens it from outside: a probe failed, an operator said so. */
export function trip(cell: Cell, f: Figures, now: number, why: string): void {
  if (cell.state !== 'open') open(cell, f, now, why)
}

/** It is well again, says someone who knows: the ramp begins. */
export function restore(cell: Cell, now: number, why: string): void {
  if (cell.state !== 'closed') close(cell, now, why)
}

/** As new: closed, no ramp, nothing remembered. */
export function reset(cell: Cell, now: number, why: string): void {
  cell.held = undefined
  cell.trips = 0
  if (cell.state === 'closed') clearWindow(cell.window)
  else close(cell, now, why)
  cell.connects = 0
  cell.rampFrom = NO_RAMP
}

/** Counts the calls that run past the threshold: a hang is seen before it ends. */
export function countLate(cell: Cell, f: Figures, now: number): void {
  for (let head = cell.head; head !== undefined && now - cell.blockedMs - head.begunAt >= f.lateMs; head = cell.head) {
    if (cell.state === 'half_open') {
      if (now - cell.blockedMs - head.begunAt < f.leaseMs) return
      unlink(cell, head)
      head.counted = true
      probeFailed(cell, f, now, 'a probe did not answer')
    } else {
      if (now - cell.blockedMs - head.begunAt < f.slowMs) return
      unlink(cell, head)
      head.counted = true
      moveWindow(cell.window, now, f.windowMs)
      count(cell.window, 1, 0, 1)
      judge(cell, f, now)
    }
  }
}

/** How long until it is worth coming back. */
export function backInMs(cell: Cell, f: Figures, now: number): number {
  if (cell.state === 'open') return f.outside ? f.openMs : Math.max(1, cell.until - now)
  if (cell.state === 'half_open')
    return Math.max(1, cell.head === undefined ? 1 : cell.head.begunAt + f.leaseMs - now + cell.blockedMs)
  return Math.max(1, f.rampMs / 10)
}

export function isRamping(cell: Cell, f: Figures, now: number): boolean {
  return cell.state === 'closed' && cell.rampFrom !== NO_RAMP && now - cell.rampFrom < f.rampMs
}

function judge(cell: Cell, f: Figures, now: number) {
  if (cell.state !== 'closed' || cell.held === 'closed') return
  const { calls, failed, slow } = cell.window
  if (cell.connects >= f.connects) return open(cell, f, now, `${cell.connects} connects in a row failed`)
  if (calls < (cell.rampFrom === NO_RAMP ? f.calls : Math.min(f.calls, f.probes))) return
  if (failed >= calls * f.failureRate) open(cell, f, now, `${failed} of ${calls} calls failed`)
  else if (slow >= calls * f.slowRate) open(cell, f, now, `${slow} of ${calls} calls were slow`)
}

function open(cell: Cell, f: Figures, now: number, why: string) {
  // A healthy period makes the past forgotten.
  if (cell.state === 'closed' && now - cell.since >= f.healthyMs) cell.trips = 0
  const openMs = Math.min(f.openCapMs, f.openMs * 2 ** Math.min(cell.trips, 30)) * (1 - f.jitter + 2 * f.jitter * f.random())
  cell.trips++
  cell.until = f.outside ? Number.POSITIVE_INFINITY : now + openMs
  move(cell, 'open', now, why)
}

function close(cell: Cell, now: number, why: string) {
  cell.rampFrom = now
  cell.credit = 0
  move(cell, 'closed', now, why)
}

function probeFailed(cell: Cell, f: Figures, now: number, why: string) {
  cell.failed++
  if (cell.failed > f.probes - f.passes) open(cell, f, now, why)
}

function move(cell: Cell, to: State, now: number, why: string) {
  const { calls, failed, slow } = cell.window
  cell.moved ??= []
  cell.moved.push({ from: cell.state, to, at: now, why, calls, failed, slow, afterMs: now - cell.since })
  cell.state = to
  cell.since = now
  cell.epoch++
  cell.passed = 0
  cell.failed = 0
  cell.connects = 0
  // Whatever is in flight belongs to the epoch before.
  cell.inFlight = 0
  cell.head = undefined
  cell.tail = undefined
  clearWindow(cell.window)
}

/** A few at once always; beyond them a share that rises from nothing to all. */
function rampAdmits(cell: Cell, f: Figures, now: number): boolean {
  const share = Math.max(0, now - cell.rampFrom) / f.rampMs
  if (share >= 1 || f.rampMs === 0) {
    cell.rampFrom = NO_RAMP
    return true
  }
  if (cell.inFlight < f.probes) return true
  cell.credit += share
  if (cell.credit < 1) return false
  cell.credit -= 1
  return true
}
