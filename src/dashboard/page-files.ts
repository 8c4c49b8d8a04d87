// The page as it was built, read once: index.html and what stands beside it. Nothing else on the disk can be named.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly kept: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

let files: ReadonlyMap<string, PageFile> | undefined

export function pageFile(path: string): PageFile | undefined {
  files ??= read(join(import.meta.dirname, 'page'))
  return files.get(path === '/' ? '/index.html' : path)
}

function read(folder: string): ReadonlyMap<string, PageFile> {
  const found = new Map<string, PageFile>()
  if (!existsSync(folder)) return found
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)]
    // Its name does not change with what is in it: asked each time, answered from memory.
    if (type !== undefined)
      found.set(`/${name}`, { body: new Uint8Array(readFileSync(join(folder, name))), type, kept: 'no-cache' })
  }
  return found
}
