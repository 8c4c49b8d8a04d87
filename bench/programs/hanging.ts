// A request for which the main thread stands still for ever: after how long does a life answer that was not there before, and is it written
// down anywhere which function it was?
import { setTimeout as wait } from 'node:timers/promises'
import type { Kept } from '../contenders.ts'
import { ask } from '../load.ts'

export interface Replaced {
  /** undefined: not within the limit. */
  readonly seconds: number | undefined
  readonly named: boolean
}

export async function replaced(port: number, kept: Kept, limitMs: number): Promise<Replaced> {
  const lives = async () => (await Promise.all(Array.from({ length: 20 }, (_, i) => ask(port, i)))).map(lifeOf)
  const before = new Set(await lives())
  const at = performance.now()
  const asked = [ask(port, -1, at, limitMs + 1_000, 'hang')]
  let seconds: number | undefined
  while (seconds === undefined && performance.now() - at < limitMs) {
    await wait(100)
    // Whoever comes now may wait for long: nobody waits for him.
    const one = ask(port, -1, at, limitMs + 1_000)
    asked.push(one)
    void one.then(sent => {
      if (sent.kind === 'ok' && sent.tookMs < limitMs && !before.has(lifeOf(sent))) seconds ??= sent.tookMs / 1_000
    })
  }
  await Promise.all(asked)
  return { seconds, named: (await kept.record()).includes('standStill') }
}

function lifeOf({ says }: { readonly says?: string }): string {
  return says?.split(' ')[0] ?? ''
}
