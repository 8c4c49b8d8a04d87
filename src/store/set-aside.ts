// A broken database file is moved aside, never removed: someone may want to look at it. Only the newest few are kept.
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const KEPT = 3
const PARTS = ['', '-wal', '-shm', '-journal']

/** Moves `file` and what SQLite keeps beside it to `<file>.broken-<time>`, and returns that name. */
export function setAside(file: string, wallMs: number = Date.now()): string {
  let name = ''
  for (let n = 0; name === '' || existsSync(name); n++) name = brokenName(file, wallMs + n)
  for (const part of PARTS) if (existsSync(file + part)) renameSync(file + part, name + part)
  forgetOld(file)
  return name
}

function brokenName(file: string, wallMs: number): string {
  return `${file}.broken-${new Date(wallMs).toISOString().replace(/[-:]/g, '').replace('.', '-')}`
}

function forgetOld(file: string) {
  const start = `${basename(file)}.broken-`
  const broken = readdirSync(dirname(file)).filter(
    name => name.startsWith(start) && !PARTS.some(part => part && name.endsWith(part)),
  )
  for (const name of broken.sort().slice(0, -KEPT))
    for (const part of PARTS) rmSync(join(dirname(file), name + part), { force: true })
}
