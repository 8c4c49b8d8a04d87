// A fresh process of a program: booted anew as far as its listen(), where it waits, and serves nobody. Its own connections, from its `.env`
// and DNS of now, tell whether what a running life says is down really is. Asked over its link, then ended; it is nobody's life.
import type { Clock, Json } from '../core/index.ts'
import { asking } from './asking.ts'
import type { Boot } from './boot.ts'
import type { Asked } from './bridge.ts'
import { endBoot } from './spare.ts'

export interface Fresh {
  readonly pid: number
  /** Rejects when it does not answer within `withinMs`, or has ended. */
  ask(asked: Asked, withinMs: number): Promise<Json>
  end(): Promise<void>
}

export async function freshProcess(path: string, start: () => Promise<Boot>, clock: Clock): Promise<Fresh> {
  const one = await start()
  const questions = asking(path, order => one.link.send(order), clock)
  // What it tells of itself is not what the program tells.
  one.hear(report => {
    if (report.is === 'reply') questions.replied(report.to, report.data)
  })
  one.process.once('exit', () => {
    questions.end()
    one.close()
  })
  return Object.freeze({ pid: one.pid, ask: questions.ask, end: () => endBoot(one, clock) })
}
