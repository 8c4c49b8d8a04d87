// selfheal notify --test: does each way to a person work? One message by each, and what came of it.
import { Command } from 'commander'
import { channelsOf, checkNotify } from '../telemetry/index.ts'
import { answer } from './answer.ts'
import { usage } from './failure.ts'
import { place } from './place.ts'

interface Flags {
  readonly test?: boolean
  readonly config?: string
  readonly json?: boolean
}

export function notifyCommand(): Command {
  return new Command('notify')
    .description('send a test message by each channel of notify in selfheal.config.*')
    .option('--test', 'send it')
    .option('--config <file>', 'the configuration file')
    .option('--json', 'one JSON object on stdout')
    .action(async (flags: Flags) => {
      await answer(
        flags,
        () => test(flags),
        told => told.map(({ channel, failed }) => `  ${channel.padEnd(8)} ${failed ?? 'taken'}`).join('\n'),
      )
    })
}

async function test({ test: wanted, config }: Flags) {
  const { loaded } = await place(config === undefined ? {} : { config })
  if (wanted !== true) throw usage('there is nothing to do.', 'Send a test message with: selfheal notify --test')
  if (loaded?.config.notify === undefined)
    throw usage(
      'nobody is to be told: the configuration has no notify.',
      "Write one, such as: notify: { command: 'cat >> told.txt' }",
    )
  const channels = Object.entries(channelsOf(checkNotify(loaded.config.notify)))
  const message = { subject: 'selfheal: a test', text: 'This is what a message of selfheal looks like. Nothing is wrong.' }
  const told = await Promise.all(
    channels.map(([channel, send]) =>
      send(message).then(
        () => ({ channel, failed: null }),
        error => ({ channel, failed: (error as Error).message }),
      ),
    ),
  )
  if (told.some(one => one.failed !== null)) process.exitCode = 1
  return told
}
