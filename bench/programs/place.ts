// Where a contender works: a folder of its own, gone afterwards; the program; a command that is waited for.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { here } from '../peers.ts'

export const app = join(here, 'programs/app.mjs')

export function temporary(): { readonly folder: string; gone(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-'))
  return { folder, gone: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Runs a script by this Node, at most so long. `done`: it ended with 0. */
export function command(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv, limitMs = 30_000) {
  const child = spawn(process.execPath, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (out += data))
  return new Promise<{ readonly done: boolean; readonly out: string }>(resolve =>
    child.once('close', code => resolve({ done: code === 0, out })),
  )
}
