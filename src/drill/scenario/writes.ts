// What became of every write, once all is over: lost although it was confirmed, or there twice. Asked few at a time: the app has just been ill.
import type { Wrote } from '../journey/step.ts'
import type { Figures } from './figures.ts'

const AT_ONCE = 8
const TRIES = 3
/** An app that stays gone answers none of them: then the rest is not asked one by one. */
const WITHIN_MS = 15_000

/** `elsewhere`: what was done twice where no visitor sees it. */
export async function lookUp(writes: readonly Wrote[], elsewhere: () => Promise<readonly string[]>): Promise<Figures['writes']> {
  const lost: string[] = []
  const doubled: string[] = []
  const unknown: string[] = []
  const waiting = [...writes]
  const endMs = performance.now() + WITHIN_MS
  const one = async ({ what, acknowledged, count }: Wrote) => {
    for (let tried = 1; ; tried++)
      try {
        const n = await count()
        if (n > 1) doubled.push(what)
        else if (n === 0 && acknowledged) lost.push(what)
        return
      } catch {
        if (tried === TRIES || performance.now() > endMs) return void unknown.push(what)
        await new Promise(resolve => setTimeout(resolve, 200))
      }
  }
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      if (performance.now() > endMs) unknown.push(next.what)
      else await one(next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  try {
    doubled.push(...(await elsewhere()))
  } catch (error) {
    unknown.push(error instanceof Error ? error.message : String(error))
  }
  return { tried: writes.length, acknowledged: writes.filter(w => w.acknowledged).length, lost, doubled, unknown }
}
