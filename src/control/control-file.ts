// The file `control` in the state folder: who holds the folder, and where it listens. Written by the holder alone, read by everyone.
// It may be stale after a kill -9: only the lock says whether someone lives.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ControlFile {
  readonly v: 1
  readonly pid: number
  readonly version?: string
  /** Path of the control socket; absent until it listens. */
  readonly address?: string
  /** Wall milliseconds of the holder's start. */
  readonly since: number
}

/** What the file says, or `undefined` when it is not there or not understood. */
export function readControlFile(folder: string): ControlFile | undefined {
  try {
    const said = JSON.parse(readFileSync(join(folder, 'control'), 'utf8')) as ControlFile
    return Number.isInteger(said.pid) && said.pid > 0 ? said : undefined
  } catch {
    return undefined
  }
}

/** Readers see the old text or the new one, never half of it. */
export function writeControlFile(folder: string, content: ControlFile): void {
  const next = join(folder, 'control.next')
  writeFileSync(next, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  renameSync(next, join(folder, 'control'))
}

export function removeControlFile(folder: string): void {
  rmSync(join(folder, 'control'), { force: true })
}
