// Finds scenarios: those of the configuration, and every export of the *.drill.ts (or .mts, .js, .mjs) files beside and under it.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, SelfhealError } from '../core/index.ts'
import { isScenario, type Scenario } from './scenario/scenario.ts'

export interface Found {
  readonly scenario: Scenario
  /** Undefined: it stands in the configuration. */
  readonly file?: string
}

const NOT_LOOKED_INTO = ['node_modules', '.git', '.selfheal', 'dist']

/** In the order of files and exports. Throws ConfigError when two have one name. */
export async function findScenarios(folder: string, configured: readonly Scenario[] = []): Promise<readonly Found[]> {
  const found: Found[] = configured.map(scenario => ({ scenario }))
  const files = globSync('**/*.drill.{ts,mts,js,mjs}', {
    cwd: folder,
    exclude: path => NOT_LOOKED_INTO.some(name => path === name || path.split('/').at(-1) === name),
  })
  for (const file of files.sort()) found.push(...(await scenariosOf(join(folder, file))))
  const names = found.map(one => one.scenario.name)
  const twice = names.filter((name, i) => names.indexOf(name) !== i)
  if (twice.length > 0)
    throw new ConfigError(
      'drills',
      twice.map(at => ({ at, says: 'is the name of two scenarios: give one of them another' })),
    )
  return found
}

export async function scenariosOf(file: string): Promise<readonly Found[]> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href).catch((error: unknown) => {
    if (error instanceof ConfigError || error instanceof SelfhealError) throw error
    const says = error instanceof Error ? error.message : String(error)
    throw new SelfhealError(
      'SELFHEAL_CONFIG_UNREADABLE',
      `${file} can't be read: ${says}`,
      'Try it by itself: node <the file>',
      error,
    )
  })
  return Object.values(module)
    .flatMap(one => (Array.isArray(one) ? (one as unknown[]) : [one]))
    .filter(isScenario)
    .map(scenario => ({ scenario, file }))
}
