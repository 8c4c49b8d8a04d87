// An error that nobody catches, while 50 requests are in flight: one of them throws, the others would end 300 ms later. How many do?
import { setTimeout as wait } from 'node:timers/promises'
import { ask } from '../load.ts'
import { serving } from '../running.ts'

export const IN_FLIGHT = 50

/** The worst of so many times. */
export async function completed(port: number, times: number, said: () => string): Promise<number> {
  const counts: number[] = []
  for (let n = 0; n < times; n++) {
    const paths = Array.from({ length: IN_FLIGHT }, (_, i) => (i === IN_FLIGHT / 2 ? 'throw' : 'hold'))
    const sent = await Promise.all(paths.map((path, i) => ask(port, i, performance.now(), 15_000, path)))
    counts.push(sent.filter(({ kind }) => kind === 'ok').length)
    await serving(port, said)
    await wait(1_000)
  }
  return Math.min(...counts)
}
