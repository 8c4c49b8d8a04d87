// Drills break things on purpose: not in production, unless that is meant, and said in three ways: by who types the command, by who set up
// the machine, and by who wrote the configuration. A slip makes one of them; not three.
import { readFileSync } from 'node:fs'
import { SelfhealError } from '../core/index.ts'

export const MEANT = 'SELFHEAL_DRILL_PRODUCTION'

export interface ProductionOptions {
  /** The app, as selfheal calls it: what the variable must say. */
  readonly name: string
  /** The process that serves, if one does. */
  readonly pid: number | null
  /** --yes-really */
  readonly flag: boolean
  /** drills: { production: true } */
  readonly configured: boolean
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** NODE_ENV of this process, and of the program's where it may be read (Linux). Throws SelfhealError SELFHEAL_DRILL_REFUSED. */
export function refuseProduction({ name, pid, flag, configured, env = process.env }: ProductionOptions): void {
  if (env['NODE_ENV'] !== 'production' && !runsInProduction(pid)) return
  const missing = [
    ...(flag ? [] : ['--yes-really on the command line']),
    ...(env[MEANT] === name ? [] : [`${MEANT}=${name} in the environment`]),
    ...(configured ? [] : ['drills: { production: true } in the configuration']),
  ]
  if (missing.length === 0) return
  throw new SelfhealError(
    'SELFHEAL_DRILL_REFUSED',
    'NODE_ENV is production: a drill breaks what serves, and requests in flight with it.',
    `Drill a copy elsewhere. If you mean this one, at an hour you chose, say it in three ways; missing: ${missing.join(', ')}.`,
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
