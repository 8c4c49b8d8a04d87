// For how long nobody could be served, of a program's troubles: from the life that takes no more work, or stands still, until the next is ready. A life
// that serves until then leaves no gap. Pure.
import { formatMs } from '../core/index.ts'
import type { Entry } from './entry.ts'
import { facts } from './facts.ts'
import type { Trouble } from './incidents.ts'

/** All life troubles of one source in one incident, in one line. */
export function awayOf(name: string, troubles: readonly Trouble[], entries: readonly Entry[], nowWall: number): string {
  const gaps = troubles.flatMap(one => gapOf(one, entries, nowWall) ?? [])
  const open = troubles.find(one => one.ended === undefined)
  if (gaps.length === 0)
    return `${name} ${open === undefined ? 'was replaced without a gap: nobody waited' : 'is to be replaced, and serves until then'}`
  const inAll = gaps.reduce((sum, ms) => sum + ms, 0)
  const known = troubles[0]!
  const standby = entries.some(one => one.name === 'supervisor.child_started' && one.source === `${known.source}/meanwhile`)
  const callers =
    known.port !== 'held'
      ? ''
      : `; callers waited at its held port${standby ? ' until its standby answered them with a 503' : ''}`
  const stays = open !== undefined && gapOf(open, entries, nowWall) !== undefined
  const many = gaps.length === 1 ? '' : ` ${gaps.length} times,`
  return `${name} was away${many} ${stays && gaps.length === 1 ? `since ${formatMs(inAll)}, still` : `for ${formatMs(inAll)}${gaps.length === 1 ? '' : ' in all'}${stays ? ', and is still' : ''}`}${until(troubles)}${callers}`
}

export const until = (troubles: readonly Trouble[]) =>
  troubles.some(one => one.endedWith === 'run')
    ? ', until that run of selfheal ended'
    : troubles.some(one => one.endedWith === 'life')
      ? ', until the process that saw it ended'
      : ''

/** undefined: none. */
function gapOf({ source, began, ended }: Trouble, entries: readonly Entry[], nowWall: number): number | undefined {
  const to = ended === undefined ? entries.length : entries.indexOf(ended)
  const from = entries.indexOf(began)
  // It may have ended with its run before anything else was told.
  const own = entries.slice(from, Math.max(from + 1, to < 0 ? entries.length : to))
  const fell = own.find(one => one.source === source && FALLS.has(one.name))
  return fell === undefined ? undefined : Math.max(0, (ended?.wall ?? nowWall) - sinceOf(fell))
}

const FALLS: ReadonlySet<string> = new Set([
  'program.exited',
  'program.hung',
  'program.uncaught',
  'supervisor.child_exited',
  'supervisor.child_retired',
  'supervisor.child_start_failed',
])

/** A hang is told when it has lasted: it began before. */
export const sinceOf = ({ name, wall, data }: Entry) =>
  name === 'program.hung' ? wall - Math.max(0, facts(data).number('forMs') ?? 0) : wall
