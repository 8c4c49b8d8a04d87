// One fault that lasts, or its end: done, and what selfheal makes of it, as it changes. Gives the exit code.
import { setTimeout as wait } from 'node:timers/promises'
import type { Lasting } from './lasting.ts'
import { shownLines } from './shown.ts'
import { parts, program } from './supervised.ts'

/** For how long it is told what comes of it. */
const WATCH_MS = Number(process.env.BREAK_WATCH_MS ?? 6_000)
const LOOK_MS = 200
const ASK_MS = 5_000

export async function breakFor(fault: Lasting): Promise<number> {
  const before = await parts()
  if (before === undefined) {
    console.error('Nothing runs here. Start it first, in another terminal: npm start')
    return 4
  }
  const app = await program('app')
  const origin = `http://localhost:${/(\d+)$/.exec(app?.ports[0] ?? '')?.[1] ?? 3000}`
  const post = async (route: string) => {
    const answer = await fetch(origin + route, { method: 'POST', signal: AbortSignal.timeout(ASK_MS) })
    if (!answer.ok) throw new Error(`${route} was answered with ${answer.status}: ${(await answer.text()).slice(0, 200)}`)
  }
  let told = shownLines(before).join('\n')
  const began = performance.now()
  try {
    await fault.run(post)
  } catch (error) {
    console.error(`It could not be done: ${(error as Error).message}`)
    return 1
  }
  console.log(`${fault.says} ${fault.follows}`)
  while (performance.now() < began + WATCH_MS) {
    const now = shownLines((await parts()) ?? []).join('\n')
    if (now !== told) console.log(`\nAfter ${((performance.now() - began) / 1_000).toFixed(1)} s:\n${now}`)
    told = now
    await wait(LOOK_MS)
  }
  console.log('\nThe story: npx selfheal journal')
  return 0
}
