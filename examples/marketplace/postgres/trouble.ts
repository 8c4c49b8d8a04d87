// What keeps PostgreSQL from starting here, told in a line, with the mend in the next.

export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  constructor(message: string, mend: string, cause?: unknown) {
    super(`${message}\n${mend}`, cause === undefined ? undefined : { cause })
  }
}

/** Runs `work` on the data folder; what the system forbids there becomes a DatabaseError. */
export function inDataFolder<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      throw new DatabaseError(
        `The data folder ${folder} can't be used by this user (${code}).`,
        'Start it as the user it belongs to, or delete the folder to begin anew.',
        error,
      )
    if (code === 'ENOSPC') throw new DatabaseError(`No space is left for ${folder}.`, 'Make room on that disk.', error)
    throw error
  }
}
