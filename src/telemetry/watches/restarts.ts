// Restarts a day: each healed by itself, and together they say that something is wrong. Told from 10 in a day on, of one component.
import type { Watch } from './watch.ts'

const DAY_MS = 86_400_000
const FROM = 10

export const restarts: Watch = (entries, now) => {
  const counts = new Map<string, number>()
  for (const { name, source, wall } of entries)
    if (name === 'supervisor.child_restarting' && now - wall <= DAY_MS) counts.set(source, (counts.get(source) ?? 0) + 1)
  return [...counts].flatMap(([source, n]) =>
    n < FROM ? [] : [{ source, says: `was restarted ${n} times in a day (told from ${FROM} on)` }],
  )
}
