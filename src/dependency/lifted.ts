// A need seen by someone who only reads, or who must write: what can be read only is full to the one, and nothing to the other.
import type { Need, Reading, Usable } from '../core/index.ts'

export function lifted(need: Need, from: Usable, to: Usable): Need {
  const seen = (reading: Reading): Reading => (reading.usable === from ? { ...reading, usable: to } : reading)
  return Object.freeze({
    name: need.name,
    reading: () => seen(need.reading()),
    watch: fn => need.watch((now, before) => fn(seen(now), seen(before))),
  } satisfies Need)
}
