// Drills break things on purpose: not in production, unless it is said that this is meant.
import { readFileSync } from 'node:fs'
import { SelfhealError } from '../core/index.ts'

/** NODE_ENV of this process, and of the program's where it may be read (Linux). Throws SelfhealError SELFHEAL_DRILL_REFUSED. */
export function refuseProduction(pid: number | null, own: string | undefined = process.env['NODE_ENV']): void {
  if (own !== 'production' && !runsInProduction(pid)) return
  throw new SelfhealError(
    'SELFHEAL_DRILL_REFUSED',
    'NODE_ENV is production: a drill kills what serves, and requests in flight with it.',
    'Drill a copy. If you mean this one, at an hour you chose: --yes-really',
  )
}

function runsInProduction(pid: number | null): boolean {
  if (pid === null || process.platform !== 'linux') return false
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes('NODE_ENV=production')
  } catch {
    return false
  }
}
