// One limit: its cells by key, what they learn from latency, the leases of work that was given up and runs on, and who is told. The rule
// decides; no timer stands but where someone waits for a lease to end.
import type { Clock, Events } from '../../core/index.ts'
import { Keyed } from '../keyed.ts'
import { NOWHERE, type WheelNode, wheelOf } from '../wheel.ts'
import { type Adaptive, type AdaptiveFigures, newAdaptive, sample } from './adaptive.ts'
import type { ReadLimit } from './options.ts'
import { grant, type LimitCell, type LimitFigures, newLimitCell } from './rule.ts'

/** Work that was given up and runs on. */
export interface Straggler {
  leaseEnds: number
  /** Its slot is another's from here. */
  expired(): void
}

export interface Cell extends LimitCell {
  adaptive: Adaptive | undefined
  readonly stragglers: Set<Straggler>
  readonly leases: WheelNode
}

export class LimitCore {
  readonly name: string
  readonly clock: Clock
  readonly events: Events
  readonly cells: Keyed<Cell>
  figures: LimitFigures
  adaptive: AdaptiveFigures | undefined
  max: number
  refused = 0
  shed = 0
  leaks = 0

  constructor(name: string, key: string, read: ReadLimit, maxKeys: number, clock: Clock, events: Events) {
    this.name = name
    this.clock = clock
    this.events = events
    this.figures = read.figures
    this.adaptive = read.adaptive
    this.max = read.max
    this.cells = new Keyed<Cell>({
      first: key,
      max: maxKeys,
      make: k => this.#newCell(k),
      mayGo: cell => cell.running === 0 && cell.waiting === 0,
    })
  }

  #newCell(key: string): Cell {
    const cell: Cell = {
      ...newLimitCell(key, this.max),
      adaptive: this.adaptive && newAdaptive(this.adaptive, this.clock.now()),
      stragglers: new Set(),
      leases: {
        due: 0,
        slot: NOWHERE,
        wheelBefore: undefined,
        wheelAfter: undefined,
        ring: now => {
          this.reclaim(cell, now)
          this.watchLeases(cell, now)
        },
      },
    }
    return cell
  }

  /** From now on: who waits is let in as it rises; who runs is let finish as it falls. What it learned is kept below it. */
  resize(max: number, key?: string): void {
    if (key === undefined) this.max = max
    for (const cell of key === undefined ? this.cells.all() : [this.cells.of(key)]) {
      cell.max = max
      if (cell.adaptive !== undefined) cell.adaptive.limit = max
      grant(cell, this.figures, this.clock.now())
    }
  }

  /** New options; what was learned is kept, within the new bounds. */
  change({ max, adaptive, figures }: ReadLimit): void {
    const was = this.max
    this.figures = figures
    this.adaptive = adaptive
    this.max = max
    for (const cell of this.cells.all()) {
      cell.adaptive = adaptive && (cell.adaptive ?? newAdaptive(adaptive, this.clock.now()))
      if (cell.adaptive !== undefined) {
        cell.adaptive.limit = Math.max(adaptive!.min, Math.min(adaptive!.max, cell.adaptive.limit))
        cell.max = Math.floor(cell.adaptive.limit)
      } else if (max !== was || adaptive === undefined) cell.max = max
      grant(cell, figures, this.clock.now())
    }
  }

  /** Learns from a call's end. */
  learn(cell: Cell, tookMs: number, cut: boolean, now: number): void {
    const max = sample(cell.adaptive!, this.adaptive!, tookMs, cell.running, cut, now)
    if (max === cell.max) return
    const grew = max > cell.max
    cell.max = max
    if (grew && cell.waiting > 0) grant(cell, this.figures, now)
  }

  /** Takes back the slots whose lease is over. */
  reclaim(cell: Cell, now: number): boolean {
    let found = false
    for (const straggler of cell.stragglers) {
      if (straggler.leaseEnds > now) break
      cell.stragglers.delete(straggler)
      found = true
      this.leaks++
      const { leaseMs } = this.figures
      this.events.emit('limit.leaked', this.name, { key: cell.key, leaseMs, leaked: this.leaks }, { level: 'warn' })
      straggler.expired()
    }
    return found
  }

  /** Nobody waits any more: nor does the timer. */
  queueMoved(cell: Cell): void {
    if (cell.waiting === 0 && cell.leases.slot !== NOWHERE) wheelOf(this.clock).remove(cell.leases)
  }

  /** Someone waits: the next lease to end must be seen. */
  watchLeases(cell: Cell, now: number): void {
    if (cell.waiting === 0 || cell.leases.slot !== NOWHERE) return
    const [first] = cell.stragglers
    if (first !== undefined) wheelOf(this.clock).add(cell.leases, first.leaseEnds, now)
  }
}
