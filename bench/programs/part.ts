// What a part of the benchmark comes to: a table, which of its columns the README has, and what is to be said below it. And a contender at
// work, from its first answer to its end, also when the benchmark is told to stop.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contender, Kept } from '../contenders.ts'
import { freePort, serving } from '../running.ts'

export interface Part {
  /** Of its mark in the README. */
  readonly name: string
  readonly heads: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  readonly shown: readonly string[]
  readonly notes: readonly string[]
}

export interface AtWork {
  readonly port: number
  readonly kept: Kept
  /** The file in which the program writes what it accepted. */
  readonly log: string
  readonly pid: number
}

const working = new Set<Kept>()

export async function keeping<T>(contender: Contender, lone: boolean, work: (at: AtWork) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-accepted-'))
  const log = join(folder, 'accepted')
  writeFileSync(log, '')
  const port = await freePort()
  const kept = await contender.start(port, log, lone)
  working.add(kept)
  try {
    return await work({ port, kept, log, pid: await serving(port, kept.said) })
  } finally {
    // Told to stop: it ends already.
    if (working.delete(kept)) await kept.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function endAll(): Promise<void> {
  const all = [...working]
  working.clear()
  await Promise.allSettled(all.map(kept => kept.stop()))
}
