// The words for what a door tells (src/inbound): requests that were turned away. story.ts has the others.
import { formatMs } from '../core/index.ts'
import { type Facts, facts } from './facts.ts'
import type { Teller } from './story.ts'

const requests = (n: number) => `${n} request${n === 1 ? '' : 's'}`

/** "3 requests were refused, and 2 given up at their deadline" */
export function turnedAway(d: Facts): string {
  const refused = (d.number('full') ?? 0) + (d.number('late') ?? 0)
  const cut = d.number('cut') ?? 0
  const were = (n: number) => (n === 1 ? 'was' : 'were')
  if (cut === 0) return `${requests(refused)} ${were(refused)} refused`
  if (refused === 0) return `${requests(cut)} ${were(cut)} given up at the deadline`
  return `${requests(refused)} ${were(refused)} refused, and ${cut} given up at the deadline`
}

/** "POST /checkout: 330, the longest 54 s" */
export function slowRoutes(d: Facts): string {
  return d
    .list('slowest')
    .map(facts)
    .map(
      one =>
        `${one.text('route') ?? 'a request'} (${one.number('count') ?? 1}, the longest ${formatMs(one.number('longestMs') ?? 0)})`,
    )
    .join(', ')
}

function why(d: Facts): string {
  const slow = slowRoutes(d)
  const under = slow === '' ? '' : `; under way longest: ${slow}`
  switch (d.text('why')) {
    case 'late':
      return `the process has more to do than it can${d.number('lateMs') ? ` (who was let in last waited ${formatMs(d.number('lateMs')!)})` : ''}${under}`
    case 'cut':
      return `they had not answered within ${formatMs(d.number('deadlineMs') ?? 0)}${under}`
    default:
      return `${requests(d.number('inFlight') ?? 0)} were under way, as many as may be${under}`
  }
}

export const DOOR_TELLERS: Readonly<Record<string, Teller>> = {
  'inbound.refusing': (d, name) => `${name} turns requests away (${turnedAway(d)} so far): ${why(d)}`,
  'inbound.well': (d, name) =>
    `${name} turns nobody away any more: ${turnedAway(d)}${d.number('forMs') ? ` within ${formatMs(d.number('forMs')!)}` : ''}`,
  'inbound.shedding': (d, name) =>
    d.list('shed').length === 0
      ? `${name} lets all in again`
      : `${name} refuses what is ${d.list('shed').join(', ')}: the event loop is ${formatMs(d.number('lateMs') ?? 0)} late`,
}
