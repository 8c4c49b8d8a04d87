// selfheal feature: one feature read-only, off, or on again, by hand; without a mode, what it is and why; without a name, all of them.
import { Command } from 'commander'
import { answer } from './answer.ts'
import { usage } from './failure.ts'
import { lines } from './mode.ts'
import { featuresHere, type OverrideOptions, sayOverride, setMode } from './override.ts'

export function featureCommand(): Command {
  return new Command('feature')
    .description('make a feature read-only or off for a while, or see what is on')
    .argument('[name]', 'default: all')
    .argument('[mode]', 'readonly, off, or on: what its needs allow')
    .option('--for <time>', 'ends by itself: 30m, 2h; default: when you end it')
    .option('--why <text>', 'told to visitors, and kept in the journal', 'set by hand')
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (name: string | undefined, mode: string | undefined, options: OverrideOptions) => {
      if (name !== undefined && mode !== undefined) return answer(options, () => setMode(name, mode, options), sayOverride)
      await answer(
        options,
        async () => {
          const all = await featuresHere(options)
          const asked = name === undefined ? all : all.filter(one => one.name === name)
          if (name !== undefined && asked.length === 0)
            throw usage(`There is no feature ${name}.`, `There are: ${all.map(one => one.name).join(', ') || 'none'}.`)
          return asked
        },
        lines,
      )
    })
}
