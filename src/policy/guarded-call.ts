// One attempt of one guarded call: what the work is given, the node in the timer wheel, the flight in the breaker, the place in the limit
// and the state of the retry, all in one object. It has no behaviour of its own: engine.ts moves it.
import type { AsyncResource } from 'node:async_hooks'
import type { Ambient } from '../core/index.ts'
import { abandoned, cutAttempt, expired, rang, refuseAttempt } from './answer.ts'
import { granted } from './attempt.ts'
import type { Cell, Flight } from './breaker/cell.ts'
import type { Attempt, Call, Priority } from './call.ts'
import type { Engine } from './engine.ts'
import { FAILED } from './judge.ts'
import type { Cell as LimitCell, Straggler } from './limit/core.ts'
import type { Place } from './limit/rule.ts'
import type { Hub, Linked } from './outer-signal.ts'
import { REFUSALS, refusal } from './refusal.ts'
import type { Try } from './retry.ts'
import { NOWHERE, type WheelNode } from './wheel.ts'

export type Work = (call: Call) => unknown

/** Waits for its turn or its next try · was granted its turn · at work · answered while the work still runs · nothing of it is left. */
export type Phase = 'waiting' | 'granted' | 'running' | 'cut' | 'ended'

/** What one call is from its first attempt to its last. */
export interface Run {
  readonly engine: Engine
  readonly work: Work
  readonly key: string
  /** What breaker, limit and rate are kept by. */
  readonly stateKey: string
  readonly idempotent: boolean
  readonly priority: Priority
  readonly deadline: number
  /** Its deadline is nearer than the guard's own. */
  readonly hurried: boolean
  /** Tries it may have. */
  readonly attempts: number
  readonly frame: Ambient | undefined
  readonly outer: AbortSignal | undefined
}

export class GuardedCall implements Run, Attempt, Flight, Place, WheelNode, Linked, Straggler {
  readonly engine: Engine
  readonly work: Work
  readonly key: string
  readonly stateKey: string
  readonly idempotent: boolean
  readonly priority: Priority
  readonly deadline: number
  readonly hurried: boolean
  readonly attempts: number
  readonly frame: Ambient | undefined
  readonly outer: AbortSignal | undefined
  readonly attempt: number
  phase: Phase = 'waiting'
  resolve!: (value: unknown) => void
  reject!: (error: unknown) => void
  /** The caller's async context, where code of ours must go on in it from elsewhere. */
  resource: AsyncResource | undefined = undefined
  controller: AbortController | undefined = undefined
  cutBy: Error | undefined = undefined
  /** The tries before this one, and what the last of them left for the caller. */
  tries: Try[] | undefined = undefined
  startedAt = 0
  // breaker
  breakerCell: Cell | undefined = undefined
  begunAt = 0
  pass = 0
  counted = false
  flightBefore: Flight | undefined = undefined
  flightAfter: Flight | undefined = undefined
  // limit
  limitCell: LimitCell | undefined = undefined
  leaseEnds = 0
  queuedAt = 0
  queued = false
  placeBefore: Place | undefined = undefined
  placeAfter: Place | undefined = undefined
  // timer wheel
  due = 0
  slot = NOWHERE
  wheelBefore: WheelNode | undefined = undefined
  wheelAfter: WheelNode | undefined = undefined
  // the caller's signal
  hub: Hub | undefined = undefined
  hubBefore: Linked | undefined = undefined
  hubAfter: Linked | undefined = undefined

  constructor(
    engine: Engine,
    work: Work,
    key: string,
    stateKey: string,
    idempotent: boolean,
    priority: Priority,
    deadline: number,
    hurried: boolean,
    attempts: number,
    frame: Ambient | undefined,
    outer: AbortSignal | undefined,
    attempt: number,
  ) {
    this.engine = engine
    this.work = work
    this.key = key
    this.stateKey = stateKey
    this.idempotent = idempotent
    this.priority = priority
    this.deadline = deadline
    this.hurried = hurried
    this.attempts = attempts
    this.frame = frame
    this.outer = outer
    this.attempt = attempt
  }

  remaining(): number {
    return Math.max(0, this.deadline - this.engine.clock.now())
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.cutBy !== undefined) this.controller.abort(this.cutBy)
    }
    return this.controller.signal
  }

  cut(error: Error): void {
    if (this.reject === undefined) this.controller?.abort(error)
    else cutAttempt(this, error, FAILED, this.engine.clock.now())
  }

  ring(now: number): void {
    rang(this, now)
  }

  abandoned(reason: unknown): void {
    abandoned(this, reason)
  }

  resume(): void {
    granted(this)
  }

  expired(): void {
    expired(this)
  }

  drop(): void {
    if (this.engine.limit !== undefined) this.engine.limit.shed++
    refuseAttempt(this, refusal(REFUSALS.shed, this.engine.name, this.stateKey), this.engine.clock.now())
  }
}
