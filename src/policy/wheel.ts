// One timer wheel per clock, for every deadline, timeout and backoff of the guarded calls: adding and removing one is a few stores, and
// the clock's own timer is armed only for the nearest that is due. Nodes are intrusive. They ring in no request's context. A wheel whose
// nodes have all been taken out keeps the process alive for a moment at most, and one that waits for something does.
import { type Clock, outsideFrames, systemClock, type Undo } from '../core/index.ts'

export interface WheelNode {
  /** Absolute, on the wheel's clock. */
  due: number
  /** Where it stands: a slot, NOWHERE, or RINGING. */
  slot: number
  wheelBefore: WheelNode | undefined
  wheelAfter: WheelNode | undefined
  /** Called once, when `due` has come; it is out of the wheel by then. */
  ring(now: number): void
}

const SLOTS = 1_024
const SLOT_MS = 4
const LOOK_MS = 100
export const NOWHERE = -1
const RINGING = -2

const wheels = new WeakMap<Clock, Wheel>()

export function wheelOf(clock: Clock): Wheel {
  let wheel = wheels.get(clock)
  if (wheel === undefined) wheels.set(clock, (wheel = new Wheel(clock)))
  return wheel
}

export class Wheel {
  size = 0
  readonly #clock: Clock
  readonly #slots: (WheelNode | undefined)[] = new Array<WheelNode | undefined>(SLOTS).fill(undefined)
  /** Every slot up to here is empty of what is due. */
  #served = -1
  #armedFor = Number.POSITIVE_INFINITY
  #disarm: Undo | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `due` is absolute; one at Infinity never rings and is not added. A node stands in the wheel once. */
  add(node: WheelNode, due: number, now: number): void {
    if (due === Number.POSITIVE_INFINITY) return
    if (this.size === 0) this.#served = Math.floor(now / SLOT_MS) - 1
    this.#place(node, due)
    if (due < this.#armedFor) this.#arm(due, now)
  }

  #place(node: WheelNode, due: number) {
    const slot = Math.max(Math.floor(due / SLOT_MS), this.#served + 1) % SLOTS
    const head = this.#slots[slot]
    node.due = due
    node.slot = slot
    node.wheelBefore = undefined
    node.wheelAfter = head
    if (head !== undefined) head.wheelBefore = node
    this.#slots[slot] = node
    this.size++
  }

  remove(node: WheelNode): void {
    const slot = node.slot
    if (slot < 0) {
      node.slot = NOWHERE
      return
    }
    const { wheelBefore: before, wheelAfter: after } = node
    if (before === undefined) this.#slots[slot] = after
    else before.wheelAfter = after
    if (after !== undefined) after.wheelBefore = before
    node.slot = NOWHERE
    node.wheelBefore = undefined
    node.wheelAfter = undefined
    this.size--
  }

  #arm(due: number, now: number) {
    this.#disarm?.()
    this.#armedFor = due
    const wait = Math.max(0, due - now)
    outsideFrames(() => {
      if (this.#clock === systemClock) this.#armTimer(wait)
      else this.#disarm = this.#clock.after(wait, () => this.#turn())
    })
  }

  #armTimer(wait: number) {
    // The machine's timers cut fractions off, and would ring too early. What is due later than a moment is looked at in between: a timer that
    // is armed keeps the process alive, and taking it back at the end of each call would cost more than the call.
    const timer = setTimeout(() => this.#turn(), Math.min(LOOK_MS, Math.ceil(wait)))
    this.#disarm = () => clearTimeout(timer)
  }

  #turn() {
    const now = this.#clock.now()
    const until = Math.floor(now / SLOT_MS)
    this.#disarm = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
    if (until < this.#served) this.#steppedBack(until)
    const ringing: WheelNode[] = []
    // Late by more than a round: every slot is looked at once.
    for (let tick = Math.max(this.#served + 1, until - SLOTS + 1); tick <= until; tick++) {
      for (let node = this.#slots[tick % SLOTS]; node !== undefined; ) {
        const next: WheelNode | undefined = node.wheelAfter
        if (node.due <= now) {
          this.remove(node)
          node.slot = RINGING
          ringing.push(node)
        }
        node = next
      }
    }
    this.#served = Math.max(this.#served, until - 1)
    ringing.sort((a, b) => a.due - b.due)
    for (const node of ringing) {
      // Whoever rang before may have taken it out.
      if (node.slot !== RINGING) continue
      node.slot = NOWHERE
      node.ring(now)
    }
    if (this.size > 0) this.#armNext(now)
  }

  /** The clock was stepped back (a mocked one): what was served lies ahead again, and all that waits takes its place anew. */
  #steppedBack(until: number) {
    const nodes: WheelNode[] = []
    for (const head of this.#slots) for (let node = head; node !== undefined; node = node.wheelAfter) nodes.push(node)
    for (const node of nodes) this.remove(node)
    this.#served = until - 1
    for (const node of nodes) this.#place(node, node.due)
  }

  #armNext(now: number) {
    for (let tick = this.#served + 1; tick <= this.#served + SLOTS; tick++) {
      let nearest = Number.POSITIVE_INFINITY
      for (let node = this.#slots[tick % SLOTS]; node !== undefined; node = node.wheelAfter)
        if (node.due < (tick + 1) * SLOT_MS && node.due < nearest) nearest = node.due
      if (nearest === Number.POSITIVE_INFINITY) continue
      if (nearest < this.#armedFor) this.#arm(nearest, now)
      return
    }
    // All that waits is due in a later round.
    const round = (this.#served + SLOTS) * SLOT_MS
    if (round < this.#armedFor) this.#arm(round, now)
  }
}
