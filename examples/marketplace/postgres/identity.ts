// PostgreSQL refuses to run as root. Where we are root, its programs run as nobody: best in a user namespace of their own, in which
// root's files are nobody's; else as the real nobody, who must be able to reach the programs and to own the data.
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { placedFolder } from './place.ts'
import { DatabaseError, inDataFolder } from './trouble.ts'

export interface Identity {
  /** Put before every command. */
  readonly prefix: readonly string[]
  /** The user to spawn as; absent: ourselves. */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Where the data folder must lie: as asked, or a place that this user can reach. */
  readonly folder: string
}

const NOBODY = 65_534
const NAMESPACE = ['unshare', '-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`]

export function identity(folder: string, native: string): Identity {
  return inDataFolder(dirname(folder), () => {
    mkdirSync(dirname(folder), { recursive: true })
    return process.getuid?.() === 0 ? asNobody(folder, native) : asOurselves(folder)
  })
}

function asNobody(folder: string, native: string): Identity {
  if (process.platform === 'linux' && spawnSync(NAMESPACE[0]!, [...NAMESPACE.slice(1), 'true']).status === 0) {
    const place = placedFolder(folder) ?? folder
    mkdirSync(place, { recursive: true, mode: 0o700 })
    chownAll(place, 0, 0)
    return { prefix: NAMESPACE, folder: place }
  }
  const user = { uid: NOBODY, gid: NOBODY }
  const closed = closedFolder(join(native, 'bin'))
  if (closed !== undefined)
    throw new DatabaseError(
      `PostgreSQL must not run as root, and the user nobody can't enter ${closed}.`,
      'Run it as a plain user, or put the project where everybody can read it (not under /root).',
    )
  const reachable = closedFolder(dirname(folder)) === undefined ? folder : placeInTmp(folder)
  mkdirSync(reachable, { recursive: true, mode: 0o700 })
  chownAll(reachable, user.uid, user.gid)
  return { prefix: [], user, folder: reachable }
}

/** As a plain user the data must be ours: what root made before can't be used. */
function asOurselves(folder: string): Identity {
  const uid = process.getuid?.()
  if (uid !== undefined && existsSync(folder) && statSync(folder).uid !== uid)
    throw new DatabaseError(
      `The data in ${folder} belongs to another user.`,
      `Start it as that user, or delete ${dirname(folder)} to begin anew.`,
    )
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return { prefix: [], folder }
}

/** The first folder on the way that others may not enter. */
function closedFolder(path: string): string | undefined {
  let closed: string | undefined
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) closed = at
    if (dirname(at) === at) return closed
  }
}

/** A folder of a name nobody can guess beforehand, noted beside the data folder that it stands for. */
function placeInTmp(folder: string): string {
  const noted = placedFolder(folder)
  if (noted !== undefined) return noted
  const made = mkdtempSync(join(tmpdir(), 'marketplace-postgres-'))
  writeFileSync(`${folder}.is-at`, made)
  return made
}

function chownAll(path: string, uid: number, gid: number): void {
  const stat = lstatSync(path)
  if (stat.uid === uid && stat.gid === gid) return
  chownSync(path, uid, gid)
  if (stat.isDirectory()) for (const name of readdirSync(path)) chownAll(join(path, name), uid, gid)
}
