// The command line: one file per command. Reads arguments, nothing else; every failure ends in failure.ts.

import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { fail } from './answer.ts'
import { completionCommand } from './completion.ts'
import { devCommand } from './dev.ts'
import { digestCommand } from './digest.ts'
import { doctorCommand } from './doctor.ts'
import { drillCommand } from './drill.ts'
import { usage } from './failure.ts'
import { featureCommand } from './feature.ts'
import { initCommand } from './init.ts'
import { journalCommand } from './journal.ts'
import { logsCommand } from './logs.ts'
import { modeCommand } from './mode.ts'
import { reloadCommand } from './reload.ts'
import { restartCommand } from './restart.ts'
import { runCommand } from './run.ts'
import { spoolCommand } from './spool.ts'
import { startCommand } from './start.ts'
import { statusCommand } from './status.ts'
import { stopCommand } from './stop.ts'
import { treeCommand } from './tree.ts'
import { unitCommand } from './unit.ts'
import { whyCommand } from './why.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

const cli = new Command('selfheal')
  .description('Keeps programs running behind a port that is never given up, and tells what it healed.')
  .version(version)
  .enablePositionalOptions()
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  selfheal run node server.js          keep it running; its port is held from the first listen()
  selfheal run --port 3000 npm start   the same, the port held before the first start
  selfheal run                         the programs of selfheal.config.mts
  selfheal status                      what runs, since when, and what was healed
  selfheal why                         what happened, what was done, what is left to do
  selfheal drill crash                 prove it: kill -9 under load, with figures

Exit: 0 done · 1 the verdict is no · 2 usage or configuration · 3 the machine forbids it · 4 nothing runs here · 5 runs already · 70 our bug`,
  )

for (const command of [
  runCommand(version),
  devCommand(version),
  startCommand(),
  restartCommand(),
  reloadCommand(),
  logsCommand(),
  statusCommand(),
  treeCommand(),
  journalCommand(),
  whyCommand(),
  digestCommand(),
  stopCommand(),
  doctorCommand(),
  drillCommand(),
  initCommand(),
  completionCommand(cli),
  unitCommand(),
  modeCommand(),
  featureCommand(),
  spoolCommand(),
])
  cli.addCommand(command)
for (const command of [cli, ...cli.commands])
  command.exitOverride().configureOutput({ outputError: () => {}, writeErr: () => {} })

// Piped into head, or to a reader that is gone: nothing more can be said.
process.stdout.on('error', error => process.exit((error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : 3))

try {
  await cli.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) fail(error, process.argv.includes('--json'))
  else if (error.code === 'commander.help') {
    process.stderr.write(cli.helpInformation())
    process.exitCode = 2
  } else if (error.exitCode !== 0) {
    const [says, hint] = error.message.replace(/^error: /, '').split('\n')
    fail(
      usage(`${says}.`.replace('..', '.'), hint === undefined ? 'See: selfheal --help' : hint.replace(/[()]/g, '')),
      process.argv.includes('--json'),
    )
  }
}
