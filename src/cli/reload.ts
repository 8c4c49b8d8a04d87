// selfheal reload: a new life for each program, ready before the old one leaves; refused, the old one serves on and the exit code is 1.
import { Command } from 'commander'
import { formatMs } from '../core/index.ts'
import { answer } from './answer.ts'
import { type ActOptions, actOnPrograms, listed, withActOptions } from './system-act.ts'

export function reloadCommand(): Command {
  const reload = new Command('reload')
    .description('replace programs without losing a request; configuration and .env are read anew')
    .argument('[program...]', 'these (default: all of the configuration, new and removed ones too)')
  return withActOptions(reload).action(async (programs: string[], options: ActOptions) => {
    await answer(
      options,
      async () => (await actOnPrograms('reload', programs, options)) as { replaced: string[]; tookMs: number },
      ({ replaced, tookMs }) => `Reloaded: ${listed(replaced) || 'nothing, all are stopped'}, after ${formatMs(tookMs)}.`,
    )
  })
}
