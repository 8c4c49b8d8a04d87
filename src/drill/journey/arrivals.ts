// Open-model load: visits begin at their scheduled times whether or not earlier ones are over, as customers do. (A closed loop would stand
// still together with a frozen program, and call it fast.) The rate may change on the way: a spike.
import type { Clock } from '../../core/index.ts'
import type { Journey } from './journey.ts'
import type { Step, Wrote } from './step.ts'
import { isVisitEnd, visitor } from './visitor.ts'

export interface ArrivalsOptions {
  readonly url: string
  readonly journeys: readonly Journey[]
  /** Visits a second. */
  readonly rate: number
  readonly timeoutMs: number
  readonly clock: Clock
  readonly signal?: AbortSignal
}

export interface Arrivals {
  readonly startMs: number
  readonly steps: readonly Step[]
  readonly writes: readonly Wrote[]
  underWay(): number
  /** Visits begun. */
  visits(): number
  /** So many times the rate from now on. */
  times(factor: number): void
  /** No further visit begins. Resolves when every one is over. */
  stop(): Promise<void>
}

/** Behind by more than that in one turn, it lets answers in first. */
const MAX_A_TURN = 50

export function arrivals({ url, journeys, rate, timeoutMs, clock, signal }: ArrivalsOptions): Arrivals {
  const startMs = clock.now()
  const steps: Step[] = []
  const writes: Wrote[] = []
  const order = inTurn(journeys)
  let dueMs = startMs
  let everyMs = 1_000 / rate
  let begun = 0
  let over = 0
  let stopped = false
  let allOver = () => {}
  let undo = () => {}

  const visit = async (journey: Journey, due: number) => {
    begun++
    const onStep = (step: Step) => void steps.push(step)
    const one = visitor({
      journey: journey.name,
      url,
      timeoutMs,
      clock,
      first: { dueMs: due },
      onStep,
      onWrote: wrote => void writes.push(wrote),
      ...(signal === undefined ? {} : { signal }),
    })
    try {
      await journey.walk(one)
    } catch (error) {
      if (!isVisitEnd(error)) {
        const [now, says] = [clock.now(), error instanceof Error ? error.message : String(error)]
        onStep({ journey: journey.name, name: 'the journey itself', kind: 'wrong', says, dueMs: now, sentMs: now, endMs: now })
      }
    }
    over++
    if (stopped && over === begun) allOver()
  }
  const turn = () => {
    for (let n = 0; !stopped && n < MAX_A_TURN && clock.now() >= dueMs; n++) {
      void visit(order(), dueMs)
      dueMs += everyMs
    }
    if (!stopped) undo = clock.after(Math.max(0, dueMs - clock.now()), turn)
  }
  turn()
  return Object.freeze({
    startMs,
    steps,
    writes,
    underWay: () => begun - over,
    visits: () => begun,
    times(factor: number) {
      everyMs = 1_000 / (rate * factor)
      dueMs = Math.min(dueMs, clock.now() + everyMs)
      undo()
      turn()
    },
    stop: () =>
      new Promise<void>(resolve => {
        stopped = true
        undo()
        allOver = resolve
        if (over === begun) resolve()
      }),
  })
}

/** Each as often as its weight says, evenly mixed, the same way every time. */
export function inTurn(journeys: readonly Journey[]): () => Journey {
  const credit = journeys.map(() => 0)
  const total = journeys.reduce((sum, one) => sum + one.weight, 0)
  return () => {
    let best = 0
    journeys.forEach((one, i) => {
      credit[i]! += one.weight
      if (credit[i]! > credit[best]!) best = i
    })
    credit[best]! -= total
    return journeys[best]!
  }
}
