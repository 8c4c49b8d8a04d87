// Keeps the journal's file open through what may happen to it: not there yet, removed or replaced under us, damaged. Each use opens it
// again when it must; what can't be mended is thrown as a SelfhealError, and the next use tries again.
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isBroken, openStore, type Store, storeError } from '../store/index.ts'
import { migrations } from './schema.ts'

export interface FileKeeper {
  /** Runs `fn` on the open file. */
  use<T>(fn: (store: Store) => T): T
  /** Where a broken file was moved since this was last asked. */
  setAside(): string | undefined
  close(): void
}

export function fileKeeper(file: string): FileKeeper {
  let store: Store | undefined
  let inode: number | undefined
  let aside: string | undefined

  const inodeNow = () => statSync(file, { throwIfNoEntry: false })?.ino
  const close = () => {
    const old = store
    store = undefined
    try {
      old?.close()
    } catch {
      // Its file may be gone: nothing is left to close.
    }
  }
  const open = (): Store => {
    if (store !== undefined && inode === inodeNow()) return store
    close()
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    store = openStore(file, { migrations, broken: 'set_aside' })
    aside ??= store.setAside
    inode = inodeNow()
    return store
  }
  return Object.freeze({
    use<T>(fn: (store: Store) => T): T {
      try {
        return fn(open())
      } catch (error) {
        // Opened anew at the next use: broken ones are seen, and set aside, at opening.
        if (isBroken(error)) close()
        throw storeError(error, file)
      }
    },
    setAside() {
      const moved = aside
      aside = undefined
      return moved
    },
    close,
  })
}
