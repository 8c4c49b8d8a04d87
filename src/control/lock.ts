// One selfheal a state folder: the lock is held for the process's life, and the kernel frees it however that ends.
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { SelfhealError } from '../core/index.ts'
import { holdExclusively } from '../store/index.ts'
import { readControlFile, removeControlFile, writeControlFile } from './control-file.ts'

export interface StateLock extends Disposable {
  readonly folder: string
  /** Frees the folder for the next. Calling it twice does no harm. */
  release(): void
}

const held = new Set<string>()

/**
 * Takes the folder for this process, and writes its pid into `control`. Never waits. Throws SelfhealError SELFHEAL_RUNS_ALREADY, which
 * names the holder.
 */
export function lockState(folder: string): StateLock {
  const real = realpathSync(folder)
  let free: () => void
  try {
    free = holdExclusively(join(real, 'lock.db'))
  } catch (error) {
    throw (error as SelfhealError).code === 'SELFHEAL_STORE_BUSY' ? runsAlready(folder, error) : error
  }
  held.add(real)
  try {
    writeControlFile(real, { v: 1, pid: process.pid, since: Math.round(performance.timeOrigin) })
  } catch (error) {
    release()
    throw new SelfhealError(
      'SELFHEAL_STATE_UNWRITABLE',
      `Can't write in ${folder}: ${(error as Error).message}`,
      'Free some space, or name another with --state.',
      error,
    )
  }
  return Object.freeze({ folder, release, [Symbol.dispose]: release })

  function release() {
    if (!held.delete(real)) return
    // While the lock is ours, so that no holder after us loses its own.
    removeControlFile(real)
    free()
  }
}

/** Whether this process holds the folder: what is stale in it may be removed only then. */
export function holdsLock(folder: string): boolean {
  return held.has(realpathSync(folder))
}

function runsAlready(folder: string, cause: unknown): SelfhealError {
  const pid = readControlFile(folder)?.pid
  return new SelfhealError(
    'SELFHEAL_RUNS_ALREADY',
    `selfheal runs already with the state folder ${folder}${pid === undefined ? '' : ` (pid ${pid})`}`,
    'Stop it with: selfheal stop. Or give this one a folder of its own: --state <folder>',
    cause,
  )
}
