// The health of a dependency, as a rule: state + what was seen + now → state + what is to be done. Pure: no clock, no IO; chance comes in.
//
//                      breaker opened, or two idle probes missed
//   unknown ─► up ◄──────────────────────────────────────────────┐ ─► down: all connections ended, nothing but the probe
//               │▲ slow │▲ fast                                  │      │
//               ▼│      ▼│          a probe can't write          │      │ passes in a row (2; 3, 4 when it fell again soon after)
//             readonly  slow                                     └──────┴─► back (up or readonly), at first a share that rises
//
// Hysteresis: one bad probe is no outage, one good one no recovery; one that came back and fell again at once must show more.

export type Is = 'unknown' | 'up' | 'slow' | 'readonly' | 'down'
export type Seen =
  /** The breaker opened by what calls came to. */
  | { readonly is: 'opened'; readonly why: string }
  | { readonly is: 'probed'; readonly found: 'up' | 'readonly' }
  | { readonly is: 'missed'; readonly why: string }
  /** A call was answered well: what is unknown is up. */
  | { readonly is: 'served' }
  /** A refused write, or an idle connection that was closed: ask at once. */
  | { readonly is: 'doubted' }
  /** Calls run past the slow threshold: ask at once, and believe one miss. */
  | { readonly is: 'late' }
  /** How calls go: many past the slow threshold, or none any more. */
  | { readonly is: 'slow' | 'fast' }
  /** Nothing was heard: time goes on. */
  | { readonly is: 'quiet' }
  /** An operator's wish to ask anew. */
  | { readonly is: 'asked' }

export interface State {
  readonly is: Is
  /** When it became so. */
  readonly since: number
  readonly why: string
  /** Probes in a row that passed while down, or found a writable server while read-only. */
  readonly passes: number
  readonly misses: number
  /** How many must pass this time. */
  readonly needed: number
  /** When it last came back. */
  readonly backAt: number
  /** Calls are late: a missed probe is the second sign, not the first. */
  readonly suspect: boolean
  /** When it was last asked out of turn. */
  readonly askedAt: number
  /** While down: when the next probe is due. */
  readonly probeAt: number
}

export interface Figures {
  readonly passes: number
  readonly maxPasses: number
  readonly missesForDown: number
  /** Between probes when idle, and when down or read-only. */
  readonly idleMs: number
  readonly downMs: number
  /** Share of a probe's wait that is random, to either side. */
  readonly spread: number
  /** One that falls again within this time of coming back must pass more probes. */
  readonly relapseMs: number
  readonly rampMs: number
  /** The first share of the ramp. */
  readonly rampFrom: number
}

export type Effect =
  /** Refuse calls, end every connection. */
  | { readonly does: 'drop' }
  /** Bring operations back and let calls in, by the ramp. */
  | { readonly does: 'return' }
  /** Connections of before may belong to another server by now: let none be used again. */
  | { readonly does: 'recycle' }
  | { readonly does: 'probe'; readonly inMs: number }

export const FIGURES: Figures = Object.freeze({
  passes: 2,
  maxPasses: 4,
  missesForDown: 2,
  idleMs: 5_000,
  downMs: 1_000,
  spread: 0.2,
  relapseMs: 30_000,
  rampMs: 3_000,
  rampFrom: 0.1,
})

export const first = (now: number): State =>
  Object.freeze({
    is: 'unknown',
    since: now,
    why: '',
    passes: 0,
    misses: 0,
    needed: FIGURES.passes,
    backAt: Number.NEGATIVE_INFINITY,
    suspect: false,
    askedAt: Number.NEGATIVE_INFINITY,
    probeAt: Number.POSITIVE_INFINITY,
  })

export interface Next {
  readonly state: State
  readonly effects: readonly Effect[]
}

export function next(state: State, seen: Seen, now: number, f: Figures = FIGURES, random: () => number = Math.random): Next {
  const waitMs = (ms: number) => ms * (1 - f.spread + 2 * f.spread * random())
  const stay = (change: Partial<State> = {}): Next => ({ state: { ...state, ...change }, effects: [] })
  const probing = (change: Partial<State>, ms: number, ...effects: readonly Effect[]): Next => ({
    state: { ...state, ...change, probeAt: now + ms },
    effects: [...effects, { does: 'probe', inMs: ms }],
  })
  const becomes = (is: Is, why: string): Partial<State> => ({ is, why, since: now, passes: 0, misses: 0, suspect: false })

  const falls = (why: string): Next => {
    if (state.is === 'down') return stay()
    const relapse = now - state.backAt < f.relapseMs
    const needed = relapse ? Math.min(f.maxPasses, state.needed + 1) : f.passes
    return probing({ ...becomes('down', why), needed }, waitMs(f.downMs), { does: 'drop' })
  }

  switch (seen.is) {
    case 'opened':
      return falls(seen.why)
    case 'missed': {
      const misses = state.misses + 1
      if (state.is === 'down') return probing({ misses, passes: 0, why: seen.why }, waitMs(f.downMs))
      if (state.suspect || misses >= f.missesForDown) return falls(seen.why)
      return probing({ misses }, waitMs(f.downMs))
    }
    case 'probed': {
      if (state.is === 'down') {
        const passes = state.passes + 1
        if (passes < state.needed) return probing({ passes, misses: 0 }, waitMs(f.downMs))
        const is = seen.found
        const back = { ...becomes(is, is === 'readonly' ? READONLY : ''), backAt: now }
        return probing(back, is === 'readonly' ? waitMs(f.downMs) : waitMs(f.idleMs), { does: 'return' })
      }
      if (seen.found === 'readonly') {
        if (state.is === 'readonly') return probing({ passes: 0, misses: 0 }, waitMs(f.downMs))
        return probing(becomes('readonly', READONLY), waitMs(f.downMs))
      }
      if (state.is !== 'readonly')
        return probing({ ...(state.is === 'unknown' ? becomes('up', '') : {}), misses: 0, suspect: false }, waitMs(f.idleMs))
      const passes = state.passes + 1
      if (passes < f.passes) return probing({ passes, misses: 0 }, waitMs(f.downMs))
      return probing(becomes('up', ''), waitMs(f.idleMs), { does: 'recycle' })
    }
    case 'served':
      return state.is === 'unknown' ? stay(becomes('up', '')) : stay({ misses: 0 })
    case 'late':
      if (state.is === 'down') return stay()
      return now - state.askedAt < f.downMs ? stay({ suspect: true }) : probing({ suspect: true, askedAt: now }, 0)
    case 'slow':
      return state.is === 'up' || state.is === 'unknown' ? stay(becomes('slow', SLOW)) : stay()
    case 'fast':
      return state.is === 'slow' ? stay(becomes('up', '')) : stay()
    case 'doubted':
      return state.is === 'down' ? stay() : probing({}, 0)
    case 'quiet':
    case 'asked':
      return probing({}, 0)
  }
}

const READONLY = 'it answers, and takes no writes'
const SLOW = 'calls take longer than they should'

/** The share of connections and calls that may be let in: 0 while down, rising over the ramp from when it came back. */
export function shareOf(state: State, now: number, f: Figures = FIGURES): number {
  if (state.is === 'down') return 0
  const done = (now - state.backAt) / f.rampMs
  return done >= 1 || Number.isNaN(done) ? 1 : f.rampFrom + (1 - f.rampFrom) * Math.max(0, done)
}
