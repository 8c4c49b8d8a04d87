// One limit: its cells by key, who is told of them, and how they change at run time. The rule decides.
import type { Clock, Events } from '../../core/index.ts'
import { Keyed } from '../keyed.ts'
import { grant, type LimitCell, type LimitFigures, newLimitCell } from './rule.ts'

export class LimitCore {
  readonly name: string
  readonly clock: Clock
  readonly events: Events
  readonly cells: Keyed<LimitCell>
  figures: LimitFigures
  max: number
  refused = 0
  leaks = 0

  constructor(name: string, key: string, max: number, figures: LimitFigures, maxKeys: number, clock: Clock, events: Events) {
    this.name = name
    this.clock = clock
    this.events = events
    this.figures = figures
    this.max = max
    this.cells = new Keyed<LimitCell>({
      first: key,
      max: maxKeys,
      make: k => newLimitCell(k, this.max),
      mayGo: cell => cell.running === 0 && cell.waiting === 0,
    })
  }

  /** From now on: who waits is let in as it rises; who runs is let finish as it falls. */
  resize(max: number, key?: string): void {
    if (key === undefined) this.max = max
    for (const cell of key === undefined ? this.cells.all() : [this.cells.of(key)]) {
      cell.max = max
      grant(cell, this.figures, this.clock.now())
    }
  }

  leaked(key: string): void {
    this.leaks++
    this.events.emit('limit.leaked', this.name, { key, leaseMs: this.figures.leaseMs, leaked: this.leaks }, { level: 'warn' })
  }
}
