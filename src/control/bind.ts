// Binds a server to a unix socket for its owner alone, and tells whether its name is still there.
import { chmodSync, existsSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { SelfhealError } from '../core/index.ts'

/** What a life before us left. Must be called under the lock alone: else it may be a living one's. */
export function removeStale(address: string): void {
  if (process.platform !== 'win32') rmSync(address, { force: true })
}

export function isBound(address: string): boolean {
  return process.platform === 'win32' || existsSync(address)
}

/** Resolves when it listens. The mode is right from the first moment: bind happens within listen(), under our umask. */
export function bindPrivately(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(unbindable(address, error)))
    // A worker thread can't change the umask; the folder around the socket is private in any case.
    const before = isMainThread ? process.umask(0o177) : undefined
    try {
      server.listen(address, () => {
        server.removeAllListeners('error')
        // Later errors are of single accepts (no descriptors left): the next may pass.
        server.on('error', () => {})
        if (before === undefined && process.platform !== 'win32') chmodSync(address, 0o600)
        resolve()
      })
    } finally {
      if (before !== undefined) process.umask(before)
    }
  })
}

function unbindable(address: string, error: Error): SelfhealError {
  return new SelfhealError(
    'SELFHEAL_STATE_UNWRITABLE',
    `The control socket ${address} can't be made: ${error.message}`,
    'Name another state folder with --state.',
    error,
  )
}
