// Is the main thread stuck? Pure. Counts how long its ticks stood still, and leaves out the time in which whoever looks was late itself:
// then the machine slept, or the whole process was stopped, and that is no hang.

export interface Stillness {
  /** Milliseconds without a tick. */
  look(ticks: number, now: number): number
  /** Begins anew: from here it counts. */
  reset(now: number): void
}

export function stillness(lookMs: number, at: number): Stillness {
  let seen = -1
  let movedAt = at
  let lookedAt = at
  return Object.freeze({
    look(ticks: number, now: number) {
      const late = now - lookedAt - 2 * lookMs
      lookedAt = now
      if (ticks !== seen) movedAt = now
      else if (late > 0) movedAt = Math.min(now, movedAt + late)
      seen = ticks
      return now - movedAt
    },
    reset(now: number) {
      movedAt = now
    },
  })
}
