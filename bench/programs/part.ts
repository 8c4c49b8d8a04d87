// What a part of the benchmark comes to: a table, which of its columns the README has, and what is to be said below it. And the file in
// which the program writes what it accepted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Part {
  /** Of its mark in the README. */
  readonly name: string
  readonly heads: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  readonly shown: readonly string[]
  readonly notes: readonly string[]
}

export async function accepted<T>(work: (log: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-accepted-'))
  const log = join(folder, 'accepted')
  writeFileSync(log, '')
  try {
    return await work(log)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
