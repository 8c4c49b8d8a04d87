// A file for its owner alone, there before SQLite opens it: SQLite gives the files it keeps beside it the same mode. A file that is
// there already must not be opened and closed here: that would free the locks this process holds on it.
import { chmodSync, closeSync, openSync, statSync } from 'node:fs'

export function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const { mode, uid } = statSync(file)
    if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(file, 0o600)
  }
}
