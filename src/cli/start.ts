// selfheal start: programs that are stopped, wait for their restart or crash-loop, now; what they did before is forgotten.
import { Command } from 'commander'
import { answer } from './answer.ts'
import { type ActOptions, actOnPrograms, listed, withActOptions } from './system-act.ts'

export function startCommand(): Command {
  const start = new Command('start')
    .description('start programs that are stopped or crash-loop, with a clean slate')
    .argument('[program...]', 'these (default: all)')
  return withActOptions(start).action(async (programs: string[], options: ActOptions) => {
    await answer(
      options,
      async () => (await actOnPrograms('start', programs, options)) as { started: string[]; ran: string[] },
      ({ started, ran }) =>
        [
          started.length === 0 ? '' : `Started: ${listed(started)}.`,
          ran.length === 0 ? '' : `${ran.length === 1 ? 'Runs' : 'Run'} already: ${listed(ran)}.`,
        ]
          .filter(Boolean)
          .join('\n'),
    )
  })
}
