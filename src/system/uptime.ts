// Scheduled maintenance: a life that reaches its program's maxUptime is replaced, up to a fifth earlier, so that instances and machines that
// were started together are not replaced together.
import { type Clock, durationMs, type Events, outsideFrames, type Undo } from '../core/index.ts'
import type { Renewals } from './renewals.ts'
import type { Roster } from './roster.ts'

const SPREAD = 0.2

/** How old this life may become. */
export function uptimeOf(maxMs: number, random: () => number): number {
  return maxMs * (1 - SPREAD * random())
}

export function renewOnUptime(
  name: string,
  events: Events,
  clock: Clock,
  roster: Roster,
  renewals: Renewals,
  random: () => number = Math.random,
): Undo {
  const due = new Map<string, Undo>()
  const undo = events.on('program.ready', ({ id: because, source, data }) => {
    const id = source.slice(name.length + 1)
    const place = roster.places().find(one => one.id === id)
    const maxMs = place === undefined ? undefined : durationMs(roster.settings(place.of).maxUptime ?? 0)
    due.get(id)?.()
    due.delete(id)
    if (!maxMs) return
    const { generation } = data as { readonly generation: number }
    const renew = () => void renewals.ask({ id, generation, kind: 'uptime', because })
    due.set(
      id,
      outsideFrames(() => clock.after(uptimeOf(maxMs, random), renew)),
    )
  })
  return () => {
    undo()
    for (const one of due.values()) one()
  }
}
