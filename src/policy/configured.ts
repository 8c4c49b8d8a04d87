// The guards of the one configuration file: by name, over what the code says. All faults of all guards are told at once; guards that exist
// change without losing state, and those made later begin with it.
import { ConfigError, type Fault } from '../core/index.ts'
import { type GuardOptions, IN_CODE, merged, readGuard } from './guard-options.ts'
import { Reader } from './read-options.ts'
import { registry } from './registry.ts'

const configured = new Map<string, Readonly<Record<string, unknown>>>()

/** What is wrong with a guard of the file, each with its place: 'guards.stripe.timeout'. */
export function guardFaults(at: string, options: unknown): readonly Fault[] {
  const read = new Reader()
  const given = read.object(options, '', Object.keys((options as object | null) ?? {}))
  for (const name of IN_CODE) if (name in given) read.bad(name, 'is said in the code, not in the file')
  readGuard(given as GuardOptions, read)
  return read.faults.map(fault => ({ at: `${at}.${fault.at}`, says: fault.says }))
}

/** `guards` of selfheal.config.mts. Throws one ConfigError with every fault, before anything is changed. */
export function configureGuards(guards: Readonly<Record<string, object>>): void {
  const faults = Object.entries(guards).flatMap(([name, options]) => guardFaults(`guards.${name}`, options))
  if (faults.length > 0) throw new ConfigError('the configuration', faults)
  for (const [name, options] of Object.entries(guards)) {
    configured.set(name, options as Record<string, unknown>)
    const part = registry.get(name) as { change?: (options: object) => void } | undefined
    part?.change?.(options)
  }
}

export function withConfiguration(options: GuardOptions): GuardOptions {
  const more = configured.get(options.name ?? 'guard')
  return more === undefined ? options : merged(options, more)
}
