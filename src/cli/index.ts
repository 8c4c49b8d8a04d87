// The command line: one file per command. Reads arguments, nothing else; every failure ends in failure.ts.

import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { fail } from './answer.ts'
import { usage } from './failure.ts'

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
  selfheal tree                        the same down to the components inside the programs
  selfheal why                         what happened, what was done, what is left to do
  selfheal dashboard                   the same on a page, and every verb with a reason
  selfheal drill crash                 prove it: kill -9 under load, with figures

Exit: 0 done · 1 the verdict is no · 2 usage or configuration · 3 the machine forbids it · 4 nothing runs here · 5 runs already · 70 our bug`,
  )

/** Loaded when it is wanted: what keeps programs running for months has no use for the rest in its memory. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).runCommand(version),
  dev: async () => (await import('./dev.ts')).devCommand(version),
  start: async () => (await import('./start.ts')).startCommand(),
  restart: async () => (await import('./restart.ts')).restartCommand(),
  reload: async () => (await import('./reload.ts')).reloadCommand(),
  logs: async () => (await import('./logs.ts')).logsCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  tree: async () => (await import('./tree.ts')).treeCommand(),
  journal: async () => (await import('./journal.ts')).journalCommand(),
  why: async () => (await import('./why.ts')).whyCommand(),
  digest: async () => (await import('./digest.ts')).digestCommand(),
  stop: async () => (await import('./stop.ts')).stopCommand(),
  dashboard: async () => (await import('./dashboard.ts')).dashboardCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  drill: async () => (await import('./drill.ts')).drillCommand(),
  init: async () => (await import('./init.ts')).initCommand(),
  completion: async () => (await import('./completion.ts')).completionCommand(cli),
  unit: async () => (await import('./unit.ts')).unitCommand(),
  mode: async () => (await import('./mode.ts')).modeCommand(),
  feature: async () => (await import('./feature.ts')).featureCommand(),
  spool: async () => (await import('./spool.ts')).spoolCommand(),
  fleet: async () => (await import('./fleet.ts')).fleetCommand(),
  failover: async () => (await import('./failover.ts')).failoverCommand(),
  notify: async () => (await import('./notify.ts')).notifyCommand(),
  reporter: async () => (await import('./reporter.ts')).reporterCommand(),
}
const wanted = process.argv[2] ?? ''
for (const name of Object.hasOwn(commands, wanted) && wanted !== 'completion' ? [wanted] : Object.keys(commands))
  cli.addCommand(await commands[name]!())
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
