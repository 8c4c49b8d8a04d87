// Watches a folder and what is in it, but for what nobody edits by hand. Calls `changed` once for a burst of changes.
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join, relative, sep } from 'node:path'

const IGNORED = /^(node_modules|\..+|dist|build|coverage|tmp|logs?)$/
const IGNORED_FILE = /(^\.(?!env)|~$|\.(log|db|db-wal|db-shm|sqlite\d?|sock|pid|tmp|swp)$)/
const QUIET_MS = 100
const MAX_FOLDERS = 2_000

export interface Watching {
  readonly folders: number
  close(): void
}

/** `paths` are folders or files. What can't be watched is left out. */
export function watchPaths(paths: readonly string[], changed: (file: string) => void): Watching {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let last = ''
  const heard = (file: string) => {
    last = file
    clearTimeout(timer)
    timer = setTimeout(() => changed(last), QUIET_MS)
  }
  const add = (folder: string, only?: string) => {
    if (watchers.has(folder) || watchers.size >= MAX_FOLDERS) return
    try {
      const watcher = watch(folder, (_, name) => {
        if (name === null || (only !== undefined && name !== only) || IGNORED_FILE.test(name)) return
        const file = join(folder, name)
        if (isFolder(file)) {
          if (!IGNORED.test(name)) walk(file)
          return
        }
        heard(relative(process.cwd(), file).split(sep).join('/'))
      })
      watcher.on('error', () => watchers.delete(folder))
      watchers.set(folder, watcher)
    } catch {
      // Gone already, or the machine has no watches left.
    }
  }
  const walk = (folder: string) => {
    add(folder)
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isDirectory() && !IGNORED.test(entry.name)) walk(join(folder, entry.name))
    } catch {
      // Not ours to read.
    }
  }
  for (const path of paths) {
    if (isFolder(path)) walk(path)
    else add(join(path, '..'), path.split(sep).at(-1))
  }
  return {
    folders: watchers.size,
    close() {
      clearTimeout(timer)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
