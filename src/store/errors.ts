// What SQLite and the disk say, as one clear refusal with its mend. Decides nothing: the caller knows whether to wait, begin anew or stop.
import { SelfhealError } from '../core/index.ts'

/** SQLite's primary result codes, as far as we tell them apart. */
const BUSY = 5
const LOCKED = 6
const FULL = 13
const BROKEN = [11, 26]
const FORBIDDEN = [3, 8, 14, 23]

/** SQLite's primary result code in `error`, or `undefined` when SQLite did not say it. */
export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null | undefined)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** The file is no database, or a damaged one. */
export function isBroken(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== undefined && BROKEN.includes(code)
}

/** Someone else holds the file just now. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === BUSY || code === LOCKED
}

/** The refusal for `error`, met at `file`. One of ours passes through. */
export function storeError(error: unknown, file: string): SelfhealError {
  if (error instanceof SelfhealError) return error
  const code = sqliteCode(error)
  const system = (error as { code?: unknown } | null | undefined)?.code
  const says = error instanceof Error ? error.message : String(error)
  const make = (name: string, message: string, mend: string) => new SelfhealError(name, message, mend, error)
  if (isBusy(error))
    return make('SELFHEAL_STORE_BUSY', `${file} is locked by another process`, 'It is tried again; close what else has it open.')
  if (code === FULL || system === 'ENOSPC' || system === 'EDQUOT')
    return make('SELFHEAL_DISK_FULL', `No room left on the disk of ${file}`, 'Free some space: df -h shows how much there is.')
  if (isBroken(error))
    return make('SELFHEAL_STORE_BROKEN', `${file} is damaged: ${says}`, 'Move it away, or restore it from a backup.')
  if (
    (code !== undefined && FORBIDDEN.includes(code)) ||
    system === 'EACCES' ||
    system === 'EPERM' ||
    system === 'EROFS' ||
    system === 'ENOENT'
  )
    return make(
      'SELFHEAL_STORE_FORBIDDEN',
      `${file} can't be opened or written: ${says}`,
      'Check that its folder exists and belongs to the user that runs selfheal: ls -ld shows it.',
    )
  return make('SELFHEAL_STORE_FAILED', `${file}: ${says}`, 'Look at the disk: dmesg tells of input/output errors.')
}
