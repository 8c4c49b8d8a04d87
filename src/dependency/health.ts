// The life of one dependency's health: carries out what rule.ts decides, with timers, probes and events. Knows the adapter and two hooks
// into the guard; knows no driver and no policy.
import {
  type Clock,
  type EventId,
  type Events,
  formatMs,
  type Need,
  outsideFrames,
  settableNeed,
  type Undo,
  type Who,
} from '../core/index.ts'
import type { Call } from '../policy/index.ts'
import type { Adapter } from './adapter.ts'
import './events.ts'
import { newsOf } from './news.ts'
import { ownCall } from './probe-call.ts'
import { messageOf, proberOf } from './prober.ts'
import { quietly } from './quiet-timer.ts'
import { type Operator, readingOf } from './reading.ts'
import { type Effect, FIGURES, type Figures, first, next, type Seen, type State, shareOf } from './rule.ts'

const TICK_MS = 500
/** Late calls for so many ticks: slow. None for so many: no more. */
const SLOW_TICKS = 2
const FAST_TICKS = 10
/** This share of all it has is stuck: it is down, whatever a probe says. */
const FULL = 0.8
const RAMP_TICK_MS = 100
const DROP_MS = 1_000
const RESUME_MS = 3_000

export interface HealthOptions {
  readonly name: string
  readonly path: string
  readonly adapter: Adapter<object>
  readonly clock: Clock
  readonly events: Events
  readonly figures?: Figures
  /** No call is let in any more; back: they are, `share` of them. */
  readonly gate: { shut(why: string, because?: EventId): void; open(because?: EventId): void; share(share: number): void }
  /** How many calls have been running past the slow threshold; how many may run at all; did they run out of time, and none was heard? */
  readonly late: (heard: boolean) => { readonly late: number; readonly slots: number; readonly silent: boolean }
  readonly slowMs: number
}

export interface Health {
  readonly need: Need
  see(seen: Seen): void
  /** A call was answered well. Cheap. */
  served(): void
  state(): State
  share(): number
  hold(mode: Operator['mode'], who: Who): void
  letGo(by: string): void
  operator(): Operator | undefined
  /** Something else of the adapter's, within a probe's time. */
  ask<T>(what: (call: Call) => Promise<T>): Promise<T>
  stop(): void
  /** After stop(): again. */
  start(): void
}

export function healthOf(options: HealthOptions): Health {
  const { name, path, adapter, clock, events, gate } = options
  const { idleMs = FIGURES.idleMs } = adapter
  const figures: Figures = options.figures ?? { ...FIGURES, idleMs }
  let state = first(clock.now())
  let operator: Operator | undefined
  const news = newsOf(adapter.kind, path, clock, events)
  let heard = false
  let probed = false
  let lateTicks = 0
  let quietSince = clock.now()
  let stopped = false
  let dropping: Promise<void> = Promise.resolve()
  let share = 1
  const timers: { tick?: Undo; ramp?: Undo; until?: Undo } = {}

  const about = () => ({ name, wallOffset: clock.wall() - clock.now(), event: news.event() })
  const need = settableNeed(name, readingOf(state, undefined, about()))
  const told = () => need.set(readingOf(state, operator, about()))

  const prober = proberOf(clock, name, call => adapter.probe(call), {
    // An operator's off is not asked about; and calls tell more than a probe, while there are any.
    wanted: insisted => {
      if (stopped || operator?.mode === 'off') return 'no'
      const busy = !insisted && state.misses === 0 && clock.now() - quietSince < figures.idleMs
      return busy && state.is !== 'down' && state.is !== 'readonly' ? figures.idleMs : 'now'
    },
    seen(seen) {
      if (operator?.mode === 'off') return
      probed ||= seen.is === 'probed'
      if (seen.is === 'missed')
        events.emit('dependency.probe_failed', path, { kind: adapter.kind, why: seen.why }, { level: 'debug' })
      see(seen)
    },
  })

  function see(seen: Seen): void {
    if (stopped) return
    const before = state
    const { state: after, effects } = next(state, seen, clock.now(), figures)
    state = after
    if (before.is !== after.is) {
      if (after.is === 'down') prober.restart()
      news.tell(before, after, prober.count())
    }
    // Not in the context of the call that was seen: what is connected again outlives it, and its deadline.
    if (effects.length > 0)
      outsideFrames(() => {
        for (const effect of effects) carryOut(effect)
      })
    told()
  }

  function carryOut(effect: Effect): void {
    const outage = news.outage()
    if (effect.does === 'probe') prober.arm(effect.inMs)
    else if (effect.does === 'recycle') adapter.recycle?.()
    else if (effect.does === 'drop') {
      gate.shut(state.why, outage)
      dropping = drop(outage)
    } else {
      gate.open(outage)
      ramp()
      void resume(outage)
    }
  }

  /** Calls and connections at the share that the rule gives, until it is the whole. */
  function ramp(): void {
    timers.ramp?.()
    share = shareOf(state, clock.now(), figures)
    adapter.admit(share)
    gate.share(share)
    if (share > 0 && share < 1) timers.ramp = quietly(clock, RAMP_TICK_MS, ramp)
  }

  async function drop(because: EventId | undefined): Promise<void> {
    ramp()
    const began = clock.now()
    const call = ownCall(clock, name, DROP_MS)
    const failed = { says: undefined as string | undefined }
    const connections = await adapter.drop(call).catch(error => {
      failed.says = messageOf(error)
      return 0
    })
    call.end()
    events.emit(
      'dependency.dropped',
      path,
      { connections, tookMs: clock.now() - began, ...(failed.says === undefined ? {} : { failed: failed.says }) },
      because === undefined ? {} : { because },
    )
  }

  async function resume(because: EventId | undefined): Promise<void> {
    await dropping
    if (adapter.resume === undefined || state.is === 'down') return
    const began = clock.now()
    const call = ownCall(clock, name, RESUME_MS)
    const failed = await adapter.resume(call).then(() => undefined, messageOf)
    call.end()
    events.emit(
      'dependency.resumed',
      path,
      { tookMs: clock.now() - began, ...(failed === undefined ? {} : { failed }) },
      { ...(because === undefined ? {} : { because }), ...(failed === undefined ? {} : { level: 'warn' as const }) },
    )
  }

  /** Every half second: what can be seen while nothing is answered. */
  function tick(): void {
    if (heard) quietSince = clock.now()
    timers.tick = quietly(clock, TICK_MS, tick)
    const { late, slots, silent } = options.late(heard || probed)
    heard = probed = false
    lateTicks = late > 0 ? Math.max(0, lateTicks) + 1 : Math.min(0, lateTicks) - 1
    if (late > 0 || silent) {
      quietSince = clock.now()
      if (late >= Math.max(1, Math.ceil(slots * FULL)))
        see({
          is: 'opened',
          why: `${late} of its ${slots} connections are busy with one call for more than ${formatMs(options.slowMs)}`,
        })
      else {
        prober.insist()
        see({ is: 'late' })
      }
    }
    if (lateTicks === SLOW_TICKS) see({ is: 'slow' })
    if (lateTicks === -FAST_TICKS) see({ is: 'fast' })
  }

  function begin(): void {
    timers.tick = quietly(clock, TICK_MS, tick)
    prober.arm(figures.idleMs)
  }
  begin()

  return Object.freeze({
    need,
    state: () => state,
    share: () => share,
    operator: () => operator,
    see(seen: Seen) {
      if (seen.is === 'doubted' || seen.is === 'asked') prober.insist()
      see(seen)
    },
    served() {
      heard = true
      if (state.is === 'unknown' || state.misses > 0) see({ is: 'served' })
    },
    hold(mode: Operator['mode'], { by, why, until }: Who) {
      timers.until?.()
      operator = { mode, by, why, since: Math.round(clock.wall()), ...(until === undefined ? {} : { until }) }
      events.emit('dependency.held', path, { mode, by, why }, { level: 'warn' })
      if (until !== undefined) timers.until = quietly(clock, until - clock.wall(), () => letGo('the time set'))
      if (mode === 'off') see({ is: 'opened', why: `${by} turned it off` })
      told()
    },
    letGo,
    ask<T>(what: (call: Call) => Promise<T>) {
      const call = ownCall(clock, name, RESUME_MS)
      return what(call).finally(() => call.end())
    },
    stop() {
      stopped = true
      prober.stop()
      for (const undo of Object.values(timers)) undo?.()
    },
    start() {
      if (!stopped) return
      stopped = false
      prober.begin()
      begin()
      see({ is: 'asked' })
    },
  })

  function letGo(by: string): void {
    if (operator === undefined) return
    timers.until?.()
    operator = undefined
    events.emit('dependency.let_go', path, { by })
    see({ is: 'asked' })
  }
}
