// `drills` in the configuration: what a drill must know of an app that it can't find out. Judged here; everything in it is optional.
import { ConfigError, type Fault } from '../core/index.ts'
import type { Journey } from './journey/journey.ts'
import { isScenario, type Scenario } from './scenario/scenario.ts'

export interface DrillSettings {
  /** The program that visitors ask. Default: the only one with a port. */
  readonly program?: string
  /** Added to the environment in which a copy reads the configuration: a database and a data folder of its own. `folder` goes with the copy. */
  readonly env?: Readonly<Record<string, string>> | ((copy: { readonly folder: string }) => Readonly<Record<string, string>>)
  /** Connections that can be broken in a copy: the program, and the environment variable that holds the address ('postgres://…', 'http://…'). */
  readonly proxies?: Readonly<Record<string, { readonly program: string; readonly env: string }>>
  readonly journeys?: readonly Journey[]
  readonly scenarios?: readonly Scenario[]
  /** One of the three ways that must all be said before anything is drilled in production. */
  readonly production?: boolean
}

const KEYS = ['program', 'env', 'proxies', 'journeys', 'scenarios', 'production']

/** Throws ConfigError. */
export function readDrillSettings(value: unknown, known: readonly string[]): DrillSettings {
  if (value === undefined) return {}
  const given = value as DrillSettings
  const faults: Fault[] = Object.keys(given)
    .filter(key => !KEYS.includes(key))
    .map(key => ({ at: `drills.${key}`, says: `unknown; known: ${KEYS.join(', ')}` }))
  const wrong = (at: string, says: string) => void faults.push({ at: `drills.${at}`, says })
  const programs = known.length === 0 ? 'none is configured' : `there are: ${known.join(', ')}`
  if (given.program !== undefined && !known.includes(given.program))
    wrong('program', `'${given.program}' is no program; ${programs}`)
  if (given.env !== undefined && typeof given.env !== 'object' && typeof given.env !== 'function')
    wrong('env', 'must be an object of texts, or a function that gives one')
  for (const [name, proxy] of Object.entries(given.proxies ?? {})) {
    if (!known.includes(proxy?.program)) wrong(`proxies.${name}.program`, `'${proxy?.program}' is no program; ${programs}`)
    if (typeof proxy?.env !== 'string') wrong(`proxies.${name}.env`, "must be the name of a variable, such as 'DATABASE_URL'")
  }
  for (const [i, one] of (given.scenarios ?? []).entries())
    if (!isScenario(one)) wrong(`scenarios[${i}]`, 'is no scenario: scenario({ … })')
  if (faults.length > 0) throw new ConfigError('drills', faults)
  return given
}
