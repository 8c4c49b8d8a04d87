// Makes the data folder of a new PostgreSQL, once. It is made beside its place and moved there whole, so that one that was half
// made when the power went is never used.
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import type { Identity } from './identity.ts'
import { password, USER } from './place.ts'
import { DatabaseError } from './trouble.ts'

/** Returns the cluster's folder, and says whether it was made just now. */
export function cluster(
  { initdb }: Binaries,
  { prefix, user, folder }: Identity,
): { readonly path: string; readonly made: boolean } {
  const path = join(folder, 'data')
  if (existsSync(join(path, 'PG_VERSION'))) return { path, made: false }
  for (const name of readdirSync(folder))
    if (name.startsWith('new-')) rmSync(join(folder, name), { recursive: true, force: true })
  rmSync(path, { recursive: true, force: true })

  const fresh = join(folder, `new-${process.pid}`)
  const secret = join(folder, `new-${process.pid}.password`)
  writeFileSync(secret, password(), { mode: 0o600 })
  if (user !== undefined) chownSync(secret, user.uid, user.gid)
  const args = ['-D', fresh, '-U', USER, `--pwfile=${secret}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C']
  const [command, ...rest] = [
    ...prefix,
    initdb,
    ...args,
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]
  const done = spawnSync(command!, rest, { encoding: 'utf8', cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...user })
  rmSync(secret, { force: true })
  if (done.status !== 0) {
    rmSync(fresh, { recursive: true, force: true })
    const why = (done.stderr || done.error?.message || `initdb ended with ${done.signal ?? done.status}`)
      .trim()
      .split('\n')
      .at(-1)
    throw new DatabaseError(
      `PostgreSQL's data folder could not be made: ${why}.`,
      `See that ${folder} can be written to and that the disk is not full.`,
    )
  }
  renameSync(fresh, path)
  return { path, made: true }
}
