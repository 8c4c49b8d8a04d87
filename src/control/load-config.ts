// Finds and reads the one file: the first of selfheal.config.{ts,mts,js,mjs}, upward to the nearest package.json. Gives the CLI a
// judged Config, or one error that says what is wrong and how to mend it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { isConfigError, SelfhealError } from '../core/index.ts'
import type { Config } from './config.ts'
import { checkConfig } from './config-schema.ts'
import { importConfig } from './import-config.ts'
import { foldersUpToPackage } from './upward.ts'

const NAMES = ['ts', 'mts', 'js', 'mjs'].map(extension => `selfheal.config.${extension}`)

export interface LoadedConfig {
  readonly file: string
  readonly config: Config
}

/** The file that `loadConfig` would read, or `undefined`. */
export function findConfig(cwd: string): string | undefined {
  return foldersUpToPackage(cwd)
    .folders.flatMap(folder => NAMES.map(name => join(folder, name)))
    .find(file => existsSync(file))
}

/**
 * The configuration, or `undefined` when there is no file. With `file` (from `cwd`) that one must be there. Throws ConfigError with every
 * fault, or SelfhealError SELFHEAL_CONFIG_MISSING, SELFHEAL_CONFIG_UNREADABLE.
 */
export async function loadConfig({
  cwd,
  file,
  again = false,
}: {
  readonly cwd: string
  readonly file?: string | undefined
  /** This process may have read it before: as it is now. What it imports is read once. */
  readonly again?: boolean
}): Promise<LoadedConfig | undefined> {
  const path = file === undefined ? findConfig(cwd) : resolve(cwd, file)
  if (path === undefined) return undefined
  if (!existsSync(path))
    throw new SelfhealError(
      'SELFHEAL_CONFIG_MISSING',
      `There is no ${path}`,
      'Name a file that is there, or write a first one with: selfheal init',
    )
  const module = await read(path, again)
  if (!('default' in module) || module.default === undefined)
    throw unreadable(path, 'it has no default export', `End it with: export default config({ … })`)
  return Object.freeze({ file: path, config: checkConfig(module.default, path) })
}

async function read(file: string, again: boolean): Promise<{ readonly default?: unknown }> {
  try {
    return await importConfig(file, again)
  } catch (error) {
    if (isConfigError(error)) throw error
    if (!isSyntaxError(error))
      throw unreadable(file, error instanceof Error ? error.message : String(error), mendOf(error), error)
    if (isCommonJs(file))
      throw unreadable(
        file,
        'the nearest package.json says "type": "commonjs", under which export and import are no syntax here',
        `Rename it to ${NAMES[extname(file) === '.ts' ? 1 : 3]}.`,
        error,
      )
    throw unreadable(file, `${placeOf(error, file)}${(error as Error).message}`, 'Mend that line.', error)
  }
}

const isSyntaxError = (error: unknown) =>
  error instanceof SyntaxError || (error as NodeJS.ErrnoException)?.code === 'ERR_INVALID_TYPESCRIPT_SYNTAX'

function isCommonJs(file: string): boolean {
  const folder = foldersUpToPackage(dirname(file)).packageFolder
  if (folder === undefined || !['.ts', '.js'].includes(extname(file))) return false
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).type === 'commonjs'
  } catch {
    return false
  }
}

/** Node writes the place at the head of the stack ('file:///…/selfheal.config.mts:3'), for JavaScript only when it checks the file. */
function placeOf(error: unknown, file: string): string {
  const check = () => spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 10_000 }).stderr ?? ''
  const head = /^(?:file:\/\/)?(\S*?):(\d+)\n/
  const [, where, line] = head.exec((error as Error).stack ?? '') ?? head.exec(check()) ?? []
  if (line === undefined) return ''
  return where?.endsWith(basename(file)) ? `line ${line}: ` : `${where} line ${line}: `
}

function mendOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const missing = code === 'ERR_MODULE_NOT_FOUND' ? /Cannot find package '([^']+)'/.exec(message)?.[1] : undefined
  return missing === undefined ? 'Try it by itself: node <the file>' : `npm install ${missing}`
}

function unreadable(file: string, says: string, mend: string, cause?: unknown): SelfhealError {
  return new SelfhealError('SELFHEAL_CONFIG_UNREADABLE', `${file} can't be read: ${says}`, mend, cause)
}
