// One breaker: its cells by key, and who is told of their transitions. The rule decides; this file tells.
import type { Clock, EventId, Events, Need, Reading, Undo } from '../../core/index.ts'
import { currentFrame, settableNeed } from '../../core/index.ts'
import { channels } from '../channels.ts'
import { Keyed } from '../keyed.ts'
import { type Cell, newCell, type State } from './cell.ts'
import type { Figures } from './options.ts'
import { isRamping, reset, restore, trip } from './rule.ts'

export interface Transition {
  readonly key: string
  readonly from: BreakerState
  readonly to: BreakerState
  readonly why: string
  /** On the clock's now(). */
  readonly at: number
  readonly event?: EventId
}

/** `ramping`: closed, and still taking a rising share of the calls. */
export type BreakerState = State | 'ramping' | 'isolated'

const KEPT = 10

export class BreakerCore {
  readonly name: string
  readonly clock: Clock
  readonly events: Events
  readonly cells: Keyed<Cell>
  figures: Figures
  refused = 0
  /** The last transitions of any key, the newest last. */
  readonly history: Transition[] = []
  #atEase: { readonly figures: Figures; readonly wary: Figures } | undefined
  readonly #watchers = new Set<(transition: Transition) => void>()
  readonly #needs = new Map<string, ReturnType<typeof settableNeed>>()

  constructor(name: string, key: string, figures: Figures, maxKeys: number, clock: Clock, events: Events) {
    this.name = name
    this.clock = clock
    this.events = events
    this.figures = figures
    this.cells = new Keyed<Cell>({
      first: key,
      max: maxKeys,
      make: k => newCell(k, clock.now()),
      mayGo: cell =>
        cell.state === 'closed' &&
        cell.held === undefined &&
        cell.inFlight === 0 &&
        !isRamping(cell, this.figures, clock.now()) &&
        !this.#needs.has(cell.key),
    })
  }

  /** Would a call be refused now, and still be after a wait that is worth it? */
  refuses(key: string, now: number): boolean {
    const cell = this.cells.peek(key)
    if (cell === undefined) return false
    return cell.held === 'open' || (cell.held === undefined && cell.state === 'open' && now < cell.until)
  }

  state(key: string): BreakerState {
    const cell = this.cells.peek(key)
    if (cell === undefined) return 'closed'
    if (cell.held === 'open') return 'isolated'
    return isRamping(cell, this.figures, this.clock.now()) ? 'ramping' : cell.state
  }

  watch(fn: (transition: Transition) => void): Undo {
    const own = (transition: Transition) => fn(transition)
    this.#watchers.add(own)
    return () => void this.#watchers.delete(own)
  }

  need(key: string): Need {
    let need = this.#needs.get(key)
    if (need === undefined) {
      this.cells.of(key)
      this.#needs.set(key, (need = settableNeed(this.name, this.#reading(key))))
    }
    return need
  }

  trip(key: string, why: string, because?: EventId): void {
    const cell = this.cells.of(key)
    trip(cell, this.figures, this.clock.now(), why)
    this.tell(cell, because)
  }

  restore(key: string, why: string, because?: EventId): void {
    const cell = this.cells.of(key)
    restore(cell, this.clock.now(), why)
    this.tell(cell, because)
  }

  hold(key: string, held: Cell['held'], why: string, by?: string): void {
    const cell = this.cells.of(key)
    const from = this.state(key)
    cell.held = held
    if (held === 'open')
      this.#told(
        { key, from, to: 'isolated', why, at: this.clock.now() },
        this.events.emit('breaker.isolated', this.name, { key, why, ...(by === undefined ? {} : { by }) }, { level: 'warn' }),
      )
    else if (from !== this.state(key)) this.#told({ key, from, to: this.state(key), why, at: this.clock.now() })
  }

  /** Opens at half of what it takes otherwise; never by itself. Figures that were changed meanwhile stay. */
  wary(on: boolean): void {
    const before = this.#atEase
    if (on && before === undefined) {
      const { failureRate, slowRate, calls, connects } = this.figures
      const half = (n: number) => Math.max(1, Math.ceil(n / 2))
      const wary = {
        ...this.figures,
        failureRate: failureRate / 2,
        slowRate: slowRate / 2,
        calls: half(calls),
        connects: half(connects),
      }
      this.#atEase = { figures: this.figures, wary: Object.freeze(wary) }
      this.figures = this.#atEase.wary
    } else if (!on && before !== undefined) {
      if (this.figures === before.wary) this.figures = before.figures
      this.#atEase = undefined
    }
  }

  reset(key: string, why: string) {
    const cell = this.cells.of(key)
    const from = this.state(key)
    const moved = cell.state !== 'closed'
    reset(cell, this.clock.now(), why)
    if (moved) return this.tell(cell)
    if (from === 'closed') return
    const id = this.events.emit('breaker.closed', this.name, { key, why, afterMs: 0, rampMs: 0 })
    this.#told({ key, from, to: 'closed', why, at: this.clock.now() }, id)
  }

  /** Tells what the rule has moved. */
  tell(cell: Cell, given?: EventId): void {
    for (let moved = cell.moved; moved !== undefined; moved = cell.moved) {
      cell.moved = undefined
      for (const { from, to, at, why, calls, failed, slow, afterMs } of moved) {
        const { key } = cell
        if (from === 'closed') cell.refused = 0
        const because = given ?? (to === 'open' ? undefined : cell.openedBy) ?? currentFrame()?.because
        const more = because === undefined ? {} : { because }
        const id =
          to === 'open'
            ? this.events.emit(
                'breaker.opened',
                this.name,
                {
                  key,
                  why,
                  calls,
                  failed,
                  slow,
                  openMs: Number.isFinite(cell.until) ? Math.round(cell.until - at) : null,
                  trips: cell.trips,
                },
                { level: 'warn', ...more },
              )
            : to === 'half_open'
              ? this.events.emit('breaker.half_opened', this.name, { key, why, afterMs: Math.round(afterMs) }, more)
              : this.events.emit(
                  'breaker.closed',
                  this.name,
                  {
                    key,
                    why,
                    afterMs: Math.round(afterMs),
                    refused: cell.refused,
                    rampMs: cell.rampFrom === Number.POSITIVE_INFINITY ? 0 : this.figures.rampMs,
                  },
                  more,
                )
        if (to === 'open') cell.openedBy = id
        this.#told({ key, from, to: to === 'closed' ? this.state(key) : to, why, at }, id)
      }
    }
  }

  #told(facts: Transition, event?: EventId) {
    const transition = Object.freeze(event === undefined ? facts : { ...facts, event })
    this.history.push(transition)
    if (this.history.length > KEPT) this.history.shift()
    if (channels.breaker.hasSubscribers) channels.breaker.publish({ guard: this.name, ...transition })
    for (const fn of [...this.#watchers]) {
      try {
        fn(transition)
      } catch {
        // A listener's fault is its own.
      }
    }
    this.#needs.get(facts.key)?.set(this.#reading(facts.key, transition))
  }

  #reading(key: string, transition?: Transition): Reading {
    const state = this.state(key)
    const cell = this.cells.of(key)
    const since = this.clock.wall()
    if (state !== 'open' && state !== 'isolated') return { usable: 'full', state, causes: [], since }
    const says = transition?.why ?? 'its breaker is open'
    const backAt =
      state === 'open' && Number.isFinite(cell.until) ? since + Math.max(0, cell.until - this.clock.now()) : undefined
    return {
      usable: 'none',
      state,
      causes: [
        {
          code: state === 'open' ? 'SELFHEAL_BREAKER_OPEN' : 'SELFHEAL_BREAKER_ISOLATED',
          says,
          since,
          from: this.name,
          ...(state === 'isolated' ? { by: 'operator' } : {}),
          ...(transition?.event === undefined ? {} : { event: transition.event }),
        },
      ],
      since,
      ...(backAt === undefined ? {} : { backAt }),
    }
  }
}
