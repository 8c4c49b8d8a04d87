// Where a command looks: the configuration file, and the state folder of the selfheal that runs, or would run, here.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { controlClient, findConfig, findStateFolder, type LoadedConfig, loadConfig } from '../control/index.ts'
import { isConfigError, SelfhealError } from '../core/index.ts'

export interface PlaceOptions {
  readonly state?: string
  readonly config?: string
}

interface Place {
  readonly folder: string
  readonly loaded: LoadedConfig | undefined
}

export async function place({ state, config }: PlaceOptions): Promise<Place> {
  // Asking commands must work beside a configuration that is broken just now, as long as the folder is known without it.
  const loaded = state !== undefined && config === undefined ? undefined : await loadConfig({ cwd: process.cwd(), file: config })
  return { loaded, folder: folderOf(state, loaded?.config.state, loaded?.file) }
}

const folderOf = (flag: string | undefined, config: string | undefined, configFile: string | undefined) =>
  findStateFolder({ flag, config, configFile, cwd: process.cwd(), env: process.env })

/**
 * For a command that works on what runs already: a configuration that is broken just now must not keep the operator from it. Then the folder
 * is the one its text names, else the usual one, and one line on stderr says so. A file that was named must be there.
 */
export async function placeToAsk(options: PlaceOptions): Promise<Place & { readonly broken?: unknown }> {
  try {
    return await place(options)
  } catch (broken) {
    const file = options.config === undefined ? findConfig(process.cwd()) : resolve(options.config)
    if (!isBroken(broken) || file === undefined || !existsSync(file)) throw broken
    warn(file, broken)
    return { loaded: undefined, folder: folderOf(options.state, stateIn(readFileSync(file, 'utf8')), file), broken }
  }
}

const isBroken = (error: unknown) =>
  isConfigError(error) || (error instanceof SelfhealError && error.code === 'SELFHEAL_CONFIG_UNREADABLE')

/** What its text says, where that is plain. */
export const stateIn = (text: string) => /(?:^|[{,])\s*state\s*:\s*(['"`])([^'"`$\n]+)\1/m.exec(text)?.[2]

const warned = new Set<string>()

/** Once: `logs -f` asks three times a second. */
function warn(file: string, broken: unknown): void {
  if (warned.has(file)) return
  warned.add(file)
  const [fault] = isConfigError(broken) ? broken.faults : []
  const says = fault === undefined ? (broken as Error).message : `${file} has a fault: ${fault.at} ${fault.says}`
  process.stderr.write(`selfheal: ${says.replace(/\s+/g, ' ')} (what runs goes on with what it read before)\n`)
}

/** The running selfheal's parts, and how to act on them. Rejects with SELFHEAL_NOTHING_RUNS, or with what is wrong with the file if it may say where it runs. */
export async function runningHere(options: PlaceOptions) {
  const { folder, broken } = await placeToAsk(options)
  const client = controlClient(folder)
  try {
    return { folder, client, ...(await client.parts()) }
  } catch (error) {
    throw broken !== undefined && error instanceof SelfhealError && error.code === 'SELFHEAL_NOTHING_RUNS' ? broken : error
  }
}
