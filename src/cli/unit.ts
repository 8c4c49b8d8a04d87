// selfheal unit: writes the systemd units that keep `selfheal run` itself running. Reads what run reads, starts nothing.
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { parseAddress, serviceUnit, socketUnit } from '../program/index.ts'
import { answer } from './answer.ts'
import { usage } from './failure.ts'
import { place } from './place.ts'
import { fromCommand, fromConfig, packageName, type RunFlags } from './run-flags.ts'

interface UnitFlags {
  readonly port: readonly string[]
  readonly name?: string
  readonly config?: string
  readonly user?: string
  readonly userManager?: boolean
  readonly out?: string
  readonly force?: boolean
  readonly auto?: boolean
  readonly json?: boolean
}

const MARK = '# Written by selfheal unit.'
/** Each program may take its grace, one after the other; and selfheal itself a moment. */
const GRACE_MS = 10_000
const OWN_MS = 10_000

export function unitCommand(): Command {
  return new Command('unit')
    .description('write systemd units (.service and .socket) for `selfheal run` with these arguments')
    .argument('[command...]', 'the command to run; without it, the programs of selfheal.config.*')
    .option(
      '-p, --port <address>',
      'a port for the socket unit to hold; repeatable (default: those of the configuration)',
      (value, all: readonly string[]) => [...all, value],
      [] as readonly string[],
    )
    .option('--name <name>', "what the units are called (default: the package's name)")
    .option('--config <file>', 'the configuration file (default: selfheal.config.*)')
    .option('--auto', 'guard what the programs use without a line of code, as selfheal run --auto does: docs/auto.md')
    .option('--user <account>', 'the account it runs as (default: yours)')
    .option('--user-manager', 'for systemctl --user: without hardening, which a user manager cannot do')
    .option('--out <folder>', 'where to write them (default: here)')
    .option('--force', 'overwrite units that were changed')
    .option('--json', 'one JSON object on stdout')
    .passThroughOptions()
    .action(async (command: string[], flags: UnitFlags) => {
      await answer(flags, () => write(command, flags), says)
    })
}

interface Written {
  readonly name: string
  readonly files: readonly string[]
  readonly userManager: boolean
  readonly stateFolder: string | null
}

async function write(command: readonly string[], flags: UnitFlags): Promise<Written> {
  const cwd = process.cwd()
  const { loaded } = await place(flags)
  const run: RunFlags = { port: command.length > 0 ? flags.port : [], auto: flags.auto === true }
  const programs = command.length > 0 ? fromCommand(command, run, cwd) : fromConfig(loaded?.config.programs, run)
  const folder = command.length > 0 || loaded === undefined ? cwd : dirname(loaded.file)
  const name = (flags.name ?? packageName(folder)).toLowerCase().replace(/[^a-z0-9._-]+/g, '-')
  const ports = Object.values(programs)
    .flatMap(program => program.ports ?? [])
    .map(parseAddress)
  const account = flags.user ?? userInfo().username
  if (account === 'root' && flags.userManager !== true && flags.user === undefined)
    throw usage(
      'the service would run as root.',
      'Name an account with --user, as in: selfheal unit --user www-data (--user root if you mean it).',
    )
  const options = {
    name,
    folder,
    ports,
    command: [
      process.execPath,
      resolve(process.argv[1]!),
      'run',
      ...(flags.config === undefined ? [] : ['--config', resolve(flags.config)]),
      ...(run.auto ? ['--auto'] : []),
      ...run.port.flatMap(port => ['--port', port]),
      ...(command.length > 0 ? ['--', ...command] : []),
    ],
    leadsTo: [realpathSync(process.argv[1]!)],
    user: flags.userManager ? undefined : account,
    userManager: flags.userManager ?? false,
    path: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    stopMs: Object.keys(programs).length * GRACE_MS + OWN_MS,
  }
  const out = resolve(flags.out ?? '.')
  const texts = new Map([[`${name}.service`, serviceUnit(options)]])
  if (ports.length > 0) texts.set(`${name}.socket`, socketUnit(options))
  for (const file of texts.keys()) refuseForeign(join(out, file), flags.force ?? false)
  for (const [file, text] of texts) writeFileSync(join(out, file), text)
  return {
    name,
    files: [...texts.keys()].map(file => join(out, file)),
    userManager: options.userManager,
    stateFolder: options.userManager ? null : `/var/lib/selfheal-${name}`,
  }
}

const NO_SOCKET = `No socket unit was written, because no port was named: while selfheal itself is restarted (an upgrade, systemctl restart), callers are refused.
  A restart of your program refuses nobody either way. With --port 3000 (or ports: [3000] in the configuration) systemd holds it.`

function refuseForeign(file: string, force: boolean): void {
  if (force || !existsSync(file) || readFileSync(file, 'utf8').startsWith(MARK)) return
  throw usage(
    `${file} is there already, and not ours.`,
    'Move it away, choose another --out or --name, or overwrite it with --force.',
  )
}

function says({ name, files, userManager, stateFolder }: Written): string {
  const units = files.map(file => file.slice(file.lastIndexOf('/') + 1))
  const socket = files.some(file => file.endsWith('.socket'))
  const [sudo, user] = userManager ? ['', ' --user'] : ['sudo ', '']
  const where = userManager ? '~/.config/systemd/user/' : '/etc/systemd/system/'
  return [
    `Wrote ${files.join(' and ')}. Install them:`,
    `  ${sudo}cp ${files.join(' ')} ${where}`,
    `  ${sudo}systemctl${user} daemon-reload && ${sudo}systemctl${user} enable --now ${units.reverse().join(' ')}`,
    ...(stateFolder === null
      ? []
      : [
          // By their paths: root's PATH knows neither this Node nor the app's packages.
          `Then ask it with: sudo ${process.execPath} ${resolve(process.argv[1]!)} status --state ${stateFolder}`,
        ]),
    ...(socket ? [] : [NO_SOCKET]),
    `Check what it may do with: systemd-analyze${user} security ${name}.service`,
  ].join('\n')
}
