// The last good public answers, as files: one an address, written whole or not at all, bounded in number and size. Written by the app's
// lives, read by the standby while there is none.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Kept {
  readonly v: 1
  readonly url: string
  /** Wall milliseconds. */
  readonly at: number
  readonly headers: Readonly<Record<string, string>>
}

const MOST_FILES = 1_000
const MOST_BYTES = 64 * 1024 * 1024
const AGAIN_MS = 5_000
/** Of addresses never kept before: whoever makes addresses up must not keep the disk busy, and one visitor's first look is some dozens. */
const NEW_AT_ONCE = 200
const NEW_A_SECOND = 20

export const MOST_BODY = 1024 * 1024
const nameOf = (url: string) => createHash('sha256').update(url).digest('base64url').slice(0, 24)

export function keeper(folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // The oldest first.
  const known = new Map<string, { at: number; readonly bytes: number }>()
  let bytes = 0
  let allowed = NEW_AT_ONCE
  let filledAt = Date.now()
  for (const name of readdirSync(folder)) {
    const { size, mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 }
    known.set(name, { at: mtimeMs, bytes: size })
    bytes += size
  }

  const room = () => {
    for (const [name, one] of known) {
      if (known.size <= MOST_FILES && bytes <= MOST_BYTES) return
      known.delete(name)
      bytes -= one.bytes
      void rm(join(folder, name), { force: true }).catch(() => {})
    }
  }
  const allowsNew = () => {
    const now = Date.now()
    allowed = Math.min(NEW_AT_ONCE, allowed + (Math.max(0, now - filledAt) * NEW_A_SECOND) / 1_000)
    filledAt = now
    if (allowed < 1) return false
    allowed--
    return true
  }
  return Object.freeze({
    /** Is it worth keeping now? Not so soon after the last. */
    due(url: string): boolean {
      const last = known.get(nameOf(url))
      return last === undefined || Date.now() - last.at >= AGAIN_MS
    },
    keep(url: string, headers: Kept['headers'], body: Buffer): void {
      const name = nameOf(url)
      if (!known.has(name) && !allowsNew()) return
      const head = Buffer.from(`${JSON.stringify({ v: 1, url, at: Date.now(), headers } satisfies Kept)}\n`)
      bytes += head.length + body.length - (known.get(name)?.bytes ?? 0)
      known.delete(name)
      known.set(name, { at: Date.now(), bytes: head.length + body.length })
      room()
      const next = join(folder, `${name}.${process.pid}`)
      // A full disk loses a copy, never an answer.
      void writeFile(next, Buffer.concat([head, body]), { mode: 0o600 })
        .then(() => rename(next, join(folder, name)))
        .catch(() => rm(next, { force: true }).catch(() => {}))
    },
  })
}

/** Undefined: nothing is kept of that address. */
export function keptOf(folder: string, url: string): { readonly kept: Kept; readonly body: Buffer } | undefined {
  try {
    const file = readFileSync(join(folder, nameOf(url)))
    const end = file.indexOf(10)
    const kept = JSON.parse(file.subarray(0, end).toString()) as Kept
    return kept.v === 1 && kept.url === url ? { kept, body: file.subarray(end + 1) } : undefined
  } catch {
    return undefined
  }
}
