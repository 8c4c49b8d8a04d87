// Where a command looks: the configuration file, and the state folder of the selfheal that runs, or would run, here.
import { controlClient, findStateFolder, type LoadedConfig, loadConfig } from '../control/index.ts'

export interface PlaceOptions {
  readonly state?: string
  readonly config?: string
}

export async function place({
  state,
  config,
}: PlaceOptions): Promise<{ readonly folder: string; readonly loaded: LoadedConfig | undefined }> {
  // Asking commands must work beside a configuration that is broken just now, as long as the folder is known without it.
  const loaded = state !== undefined && config === undefined ? undefined : await loadConfig({ cwd: process.cwd(), file: config })
  return {
    loaded,
    folder: findStateFolder({
      flag: state,
      config: loaded?.config.state,
      configFile: loaded?.file,
      cwd: process.cwd(),
      env: process.env,
    }),
  }
}

/** The running selfheal's parts, and how to act on them. Rejects with SELFHEAL_NOTHING_RUNS. */
export async function runningHere(options: PlaceOptions) {
  const { folder } = await place(options)
  const client = controlClient(folder)
  return { folder, client, ...(await client.parts()) }
}
