// New code, under callers that keep their connections: so many good deploys, and one whose code throws while it boots.
import { rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Kept } from '../contenders.ts'
import { type Answered, calling } from './callers.ts'

const CALLERS = 50
const PATIENCE_MS = 3_000

export async function reloads(port: number, kept: Kept, times: number): Promise<Answered & { readonly done: number }> {
  const stop = calling(port, CALLERS, PATIENCE_MS)
  let done = 0
  for (let n = 0; n < times; n++) {
    await wait(700)
    if (await kept.reload()) done++
  }
  await wait(700)
  return { done, ...(await stop()) }
}

/** For so long from the deploy; nothing is mended meanwhile. */
export async function badDeploy(port: number, kept: Kept, log: string, forMs: number): Promise<Answered> {
  const stop = calling(port, CALLERS, PATIENCE_MS)
  await wait(300)
  writeFileSync(`${log}.bad`, '')
  await Promise.all([kept.reload(), wait(forMs)])
  const answered = await stop()
  rmSync(`${log}.bad`)
  return answered
}
