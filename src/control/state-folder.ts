// The state folder: where one selfheal keeps lock, control socket, journal and the rest. Found in one order, made for its owner alone
// before anything is in it. What stands in it belongs to the rooms that write it.
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { SelfhealError } from '../core/index.ts'
import { foldersUpToPackage } from './upward.ts'

export interface WhereState {
  /** `--state`, from the command line. */
  readonly flag?: string | undefined
  /** `state` of the configuration file, and that file: it is read from its folder. */
  readonly config?: string | undefined
  readonly configFile?: string | undefined
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const MARK = '# Made by selfheal: nothing here belongs in a repository.\n*\n'
const NAME = '.selfheal'

/** Where the state folder is, whether it is there or not: flag, SELFHEAL_STATE, config, STATE_DIRECTORY, beside the nearest package.json. */
export function findStateFolder({ flag, config, configFile, cwd, env }: WhereState): string {
  if (flag) return resolve(cwd, flag)
  if (env['SELFHEAL_STATE']) return resolve(cwd, env['SELFHEAL_STATE'])
  if (config) return resolve(configFile ? dirname(configFile) : cwd, config)
  // systemd gives a list when a unit names several.
  const directory = env['STATE_DIRECTORY']?.split(':')[0]
  if (directory) return resolve(cwd, directory)
  return join(foldersUpToPackage(cwd).packageFolder ?? resolve(cwd), NAME)
}

/** The state folder, made when it is not there. Throws SelfhealError SELFHEAL_STATE_UNWRITABLE or SELFHEAL_STATE_FOREIGN. */
export function stateFolder(where: WhereState): string {
  const folder = findStateFolder(where)
  try {
    makeFolder(folder)
    const stats = statSync(folder)
    mustBeOurs(folder, stats)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    if ((stats.mode & 0o077) !== 0 && stats.uid === process.getuid?.()) chmodSync(folder, 0o700)
    if (!existsSync(join(folder, '.gitignore'))) writeFileSync(join(folder, '.gitignore'), MARK, { mode: 0o600 })
  } catch (error) {
    throw error instanceof SelfhealError ? error : unwritable(folder, error)
  }
  return folder
}

/** Not by `recursive`: that never returns where the system says ENOENT to every name, as under /proc. */
function makeFolder(folder: string) {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** A folder of other things must not be locked away from its users, nor hidden from git. */
function mustBeOurs(folder: string, { uid }: Stats) {
  const own = process.getuid?.()
  if (own !== undefined && own !== 0 && uid !== own)
    throw unwritable(folder, new Error(`it belongs to user ${uid}, this is user ${own}`))
  const names = readdirSync(folder)
  if (names.length === 0 || names.includes('lock.db') || basename(folder) === NAME) return
  if (names.length === 1 && names[0] === '.gitignore') return
  // An app that runs by itself keeps its ledger or its spool here, and no lock.
  if (names.includes('.gitignore') && readFileSync(join(folder, '.gitignore'), 'utf8') === MARK) return
  throw new SelfhealError(
    'SELFHEAL_STATE_FOREIGN',
    `${folder} holds other things (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}): selfheal keeps its state in a folder of its own`,
    `Name an empty folder, or one that is not there yet: --state ${join(folder, NAME)}`,
  )
}

function unwritable(folder: string, error: unknown): SelfhealError {
  const { code, message } = error as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new SelfhealError(
    'SELFHEAL_STATE_UNWRITABLE',
    `The state folder ${folder} can't be used: ${full ? 'no room left on the disk' : code === 'EEXIST' ? 'a file of that name is in its place' : message}`,
    full
      ? 'Free some space: df -h shows how much there is.'
      : 'Make it writable for this user, or name another with --state or SELFHEAL_STATE.',
    error,
  )
}
