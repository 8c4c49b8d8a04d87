// The disk under the state folder: told when, filling as it did in the time looked at, it is full within 14 days. A disk that is 85 % full already is
// told by the digest itself.
import { formatBytes } from '../../core/index.ts'
import { facts } from '../../journal/index.ts'
import type { Watch } from './watch.ts'

const DAY_MS = 86_400_000
const WITHIN_DAYS = 14
/** Over less time a slope says nothing. */
const LEAST_MS = 6 * 3_600_000

export const disk: Watch = entries => {
  const points = new Map<string, { readonly wall: number; readonly used: number; readonly total: number }[]>()
  for (const { name, wall, data } of entries) {
    if (name !== 'system.sampled') continue
    const parts = facts(data).inside('parts')
    for (const source of Object.keys(parts.all)) {
      const [used, total] = ['disk.usedBytes', 'disk.totalBytes'].map(key => parts.inside(source).number(key))
      if (used !== undefined && total !== undefined) points.set(source, [...(points.get(source) ?? []), { wall, used, total }])
    }
  }
  return [...points].flatMap(([source, list]) => {
    const [first, last] = [list[0]!, list.at(-1)!]
    const aDay = ((last.used - first.used) / (last.wall - first.wall)) * DAY_MS
    const days = (last.total - last.used) / aDay
    if (last.wall - first.wall < LEAST_MS || !(aDay > 0) || days > WITHIN_DAYS) return []
    const says = `the disk is full in ${Math.max(1, Math.round(days))} days if it fills on by ${formatBytes(aDay)} a day (told under ${WITHIN_DAYS} days)`
    return [{ source, says }]
  })
}
