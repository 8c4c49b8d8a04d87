// selfheal reporter: the process that `selfheal run` starts to tell others what it heals. By hand it works too: it is only a client.
import { Command } from 'commander'
import { controlClient } from '../control/index.ts'
import { ready } from '../program/index.ts'
import { checkNotify, reporter } from '../telemetry/index.ts'
import { fail } from './answer.ts'
import { place } from './place.ts'

interface Flags {
  readonly metrics?: string
  readonly state?: string
  readonly config?: string
}

export function reporterCommand(): Command {
  return new Command('reporter')
    .description('what run starts for metrics and notify: serves figures and tells people, in a process of its own')
    .option('--metrics <address>', 'where /metrics, /live, /ready and /health are')
    .option('--state <folder>', 'the state folder')
    .option('--config <file>', 'the configuration file')
    .action(async (flags: Flags) => {
      try {
        await report(flags)
      } catch (error) {
        fail(error)
        process.exit()
      }
    })
}

async function report(flags: Flags): Promise<void> {
  const { folder, loaded } = await place(flags)
  const metrics = flags.metrics ?? loaded?.config.metrics
  const token = process.env['SELFHEAL_METRICS_TOKEN'] || undefined
  const telling = await reporter({
    source: controlClient(folder),
    folder,
    ...(loaded?.config.notify === undefined ? {} : { notify: checkNotify(loaded.config.notify) }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(token === undefined ? {} : { token }),
  })
  if (telling.url !== undefined) process.stdout.write(`metrics: ${telling.url}/metrics\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void telling[Symbol.asyncDispose]().then(() => process.exit(0)))
  ready()
}
