// When a feature's mode changes, told by its needs alone: down at once, up again after M good looks in a row, and only so often. Pure:
// (state, what the needs allow, now) → state. It knows no clock, no operator (feature.ts takes the lower of the two) and no probe.
//
//            the needs allow less: at once
//        ┌───────────────────────────────────┐
//        │                                   ▼
//       on ◀── M good looks in a row ── readonly, off ──┐
//              (any bad look: from 0)      ▲   │        │ came back `most` times within `inMs`:
//                                          └───┘        │ waits until the oldest return is that old
//                                    held ◀─────────────┘
import type { Mode } from '../core/index.ts'

export interface Hysteresis {
  /** Good looks in a row before it comes back. */
  readonly looks: number
  readonly everyMs: number
  /** Most returns within `inMs`. */
  readonly most: number
  readonly inMs: number
}
export interface FeatureState {
  readonly mode: Mode
  /** Good looks in a row so far, and the lowest mode that they saw. */
  readonly good: number
  readonly toward: Mode
  /** Monotonic. `undefined`: nothing to wait for. */
  readonly lookAt: number | undefined
  /** It would be back, but came and went too often. */
  readonly held: boolean
  /** When it came back, the latest last. Monotonic. */
  readonly returns: readonly number[]
}

const RANK: Readonly<Record<Mode, number>> = { off: 0, readonly: 1, on: 2 }

export function lower(a: Mode, b: Mode): Mode {
  return RANK[a] <= RANK[b] ? a : b
}

export function isLower(a: Mode, b: Mode): boolean {
  return RANK[a] < RANK[b]
}

export function firstState(allowed: Mode): FeatureState {
  return Object.freeze({ ...still(allowed, []) })
}

/** `allowed`: what the needs allow at this look. */
export function look(state: FeatureState, allowed: Mode, now: number, rule: Hysteresis): FeatureState {
  const returns = state.returns.filter(at => now - at < rule.inMs)
  if (!isLower(state.mode, allowed)) return still(allowed, returns)
  if (returns.length >= rule.most)
    return { mode: state.mode, good: 0, toward: state.mode, lookAt: returns[0]! + rule.inMs, held: true, returns }
  // A change heard between two looks is not one more look; that it was worse for a moment is kept.
  const toward = state.good === 0 ? allowed : lower(state.toward, allowed)
  if (!state.held && state.lookAt !== undefined && now < state.lookAt) return { ...state, toward, returns }
  const good = state.good + 1
  if (good >= rule.looks) {
    const back = still(toward, [...returns, now])
    // It came back to less than is allowed now: it goes on looking.
    return isLower(toward, allowed) ? { ...back, lookAt: now + rule.everyMs } : back
  }
  return { mode: state.mode, good, toward, lookAt: now + rule.everyMs, held: false, returns }
}

/** The needs look good, and a write was tried and failed: from 0, and again later. */
export function badLook(state: FeatureState, now: number, rule: Hysteresis): FeatureState {
  return { ...still(state.mode, state.returns), lookAt: now + rule.everyMs }
}

function still(mode: Mode, returns: readonly number[]): FeatureState {
  return { mode, good: 0, toward: mode, lookAt: undefined, held: false, returns }
}
