// selfheal mode: the whole app read-only, off, or on again, by hand; without a mode, what it is and why.
import { Command } from 'commander'
import { answer } from './answer.ts'
import { featureLine, featuresHere, type OverrideOptions, type ShownRow, sayOverride, setMode } from './override.ts'

export function modeCommand(): Command {
  return new Command('mode')
    .description('make the whole app read-only or off for a while, or see what it is')
    .argument('[mode]', 'readonly, off, or on: what its needs allow')
    .option('--for <time>', 'ends by itself: 30m, 2h; default: when you end it')
    .option('--why <text>', 'told to visitors, and kept in the journal', 'set by hand')
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (mode: string | undefined, options: OverrideOptions) => {
      if (mode !== undefined) return answer(options, () => setMode('app', mode, options), sayOverride)
      await answer(options, async () => (await featuresHere(options)).filter(one => one.name === 'app'), lines)
    })
}

export const lines = (rows: readonly ShownRow[]) =>
  rows.length === 0
    ? 'The app that runs here tells of no features.'
    : rows.map(row => featureLine(row).join('  ').trimEnd()).join('\n')
