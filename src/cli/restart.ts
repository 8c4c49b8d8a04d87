// selfheal restart: each program ends, and then begins anew; callers wait meanwhile. To lose nothing: selfheal reload.
import { Command } from 'commander'
import { answer } from './answer.ts'
import { type ActOptions, actOnPrograms, withActOptions } from './system-act.ts'

export function restartCommand(): Command {
  const restart = new Command('restart')
    .description('end programs, then start them anew; callers wait meanwhile')
    .argument('[program...]', 'these (default: all)')
  return withActOptions(restart).action(async (programs: string[], options: ActOptions) => {
    await answer(
      options,
      async () => (await actOnPrograms('restart', programs, options)) as { restarted: { id: string; pid: number | null }[] },
      ({ restarted }) => restarted.map(({ id, pid }) => `Restarted ${id}${pid === null ? '' : ` (pid ${pid})`}.`).join('\n'),
    )
  })
}
