// Looks upward from a folder, as Node does for package.json.
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** `from` and the folders above it, nearest first, up to the one that has a package.json; without any, up to the root. */
export function foldersUpToPackage(from: string): { readonly folders: readonly string[]; readonly packageFolder?: string } {
  const folders: string[] = []
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    folders.push(folder)
    if (existsSync(join(folder, 'package.json'))) return { folders, packageFolder: folder }
    if (folder === dirname(folder)) return { folders }
  }
}
