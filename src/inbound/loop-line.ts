// A line for the loop itself, for apps where nobody has agreed to a limit. Who waits for a database, a provider or a timer costs nothing here.
// While the loop does not rest, new requests stand in line: what has begun goes first, then one of them a turn (more, where they are short).
// Between two, all that has come meanwhile is taken out of the kernel, so that how long each has waited is known: over a second, it is refused.
import { performance } from 'node:perf_hooks'
import { outsideFrames } from '../core/index.ts'

/** For so long it must not have rested. */
const WINDOW_MS = 250
/** Of that time: a loop that rests less does not rest. */
const REST = 0.05
const MOST_WAIT_MS = 1_000
/** Taking out of the kernel, before one is served. */
const TAKE_MS = 20
/** Of work between two looks at the line. */
const TURN_MS = 5
const MOST_A_TURN = 64

/** For tests: the time, how much of it the loop has rested, and the end of its turn. */
export interface LoopTime {
  now(): number
  rested(): number
  atTurnsEnd(fn: () => void): void
}

export interface LoopLine {
  /** Undefined: go on at once. False: refuse it. */
  enter(signal?: AbortSignal): Promise<boolean> | undefined
  waiting(): number
  /** How long the one that was let in last had waited. */
  lateMs(): number
}

interface Place {
  readonly at: number
  readonly signal: AbortSignal | undefined
  go(served: boolean): void
}

const ours: LoopTime = {
  now: () => performance.now(),
  rested: () => performance.eventLoopUtilization().idle,
  atTurnsEnd: fn => void outsideFrames(() => setImmediate(fn)),
}

export function loopLine(loop: LoopTime = ours): LoopLine {
  const line: Place[] = []
  const look = () => ({ at: loop.now(), rested: loop.rested() })
  let older = look()
  let newer = older
  let restless = false
  let lateMs = 0
  let came = 0
  let servedAt = 0
  let atOnce = 1
  let served = false

  const restsNot = () => {
    if (loop.now() - newer.at < WINDOW_MS) return restless
    const now = look()
    restless = now.rested - older.rested < REST * (now.at - older.at)
    older = newer
    newer = now
    return restless
  }
  const turn = () => {
    const now = loop.now()
    restsNot()
    // What was let in at the end of the last turn has worked until now.
    if (served) {
      atOnce = now - servedAt < TURN_MS ? Math.min(MOST_A_TURN, atOnce * 2) : Math.max(1, atOnce >> 1)
      servedAt = now
      served = false
    }
    const more = came > 0
    came = 0
    if (!more || now - servedAt > TAKE_MS) {
      for (let n = 0; n < atOnce && line.length > 0; ) {
        const { at, signal, go } = line.shift()!
        const gone = signal?.aborted === true
        if (!gone && now - at <= MOST_WAIT_MS) n++
        lateMs = now - at
        go(gone || lateMs <= MOST_WAIT_MS)
      }
      servedAt = now
      served = true
    }
    if (line.length > 0) loop.atTurnsEnd(turn)
  }
  return {
    enter(signal) {
      if (line.length === 0 && !restsNot()) {
        lateMs = 0
        return undefined
      }
      came++
      if (line.length === 0) loop.atTurnsEnd(turn)
      return new Promise(go => line.push({ at: loop.now(), signal, go }))
    },
    waiting: () => line.length,
    lateMs: () => lateMs,
  }
}
