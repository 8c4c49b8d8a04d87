// A Node program whose link falls silent is stopped as a whole (SIGSTOP, a frozen cgroup): not even its watchdog speaks. A machine that
// slept is no such thing: then we were late ourselves.
import type { Clock } from '../core/index.ts'

const LOOK_MS = 500
/** Its watchdog tells of a stuck loop first; silence is judged this much later. */
const EXTRA_MS = 1_000

export interface Silence {
  heard(): void
  begin(): void
  cancel(): void
}

export function watchSilence(clock: Clock, hangMs: number, tooLong: (forMs: number) => void): Silence {
  let heardAt = clock.now()
  let undo = () => {}
  let lookedAt = 0
  const look = () => {
    const now = clock.now()
    // Our own lateness is not its silence.
    const late = now - lookedAt - 2 * LOOK_MS
    if (late > 0) heardAt = Math.min(now, heardAt + late)
    lookedAt = now
    if (now - heardAt > hangMs + EXTRA_MS) return tooLong(Math.round(now - heardAt))
    undo = clock.after(LOOK_MS, look)
  }
  return Object.freeze({
    heard() {
      heardAt = clock.now()
    },
    begin() {
      heardAt = lookedAt = clock.now()
      undo = clock.after(LOOK_MS, look)
    },
    cancel: () => undo(),
  })
}
