// Loaded first into each process of the proof: notes when it stood still, whoever made it. `settles` is a promise about time: a batch in
// which somebody stood still for longer than that leaves room for proves nothing.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const EVERY_MS = 20
const LEAST_MS = 200
const file = process.env['PROOF_STILL']

if (file !== undefined) {
  let before = performance.now()
  setInterval(() => {
    const now = performance.now()
    const still = Math.round(now - before - EVERY_MS)
    before = now
    if (still >= LEAST_MS) appendFileSync(file, `${Date.now()} ${still}\n`)
  }, EVERY_MS).unref()
}

/** How a process of the proof is started so that it is watched. */
export const watched = (to: string) => ({
  args: ['--import', fileURLToPath(import.meta.url)],
  env: { ...process.env, PROOF_STILL: to },
})

/** The longest since then, in milliseconds. */
export function longestStill(from: string, sinceWall: number): number {
  const lines = existsSync(from) ? readFileSync(from, 'utf8').trim().split('\n') : []
  const all = lines.map(line => line.split(' ').map(Number) as [number, number]).filter(([wall]) => wall >= sinceWall)
  return Math.max(0, ...all.map(([, still]) => still))
}
