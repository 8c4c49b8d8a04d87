// kill -9 → the first reply: a caller comes at once, and another every 10 ms. And the bare boot, from the start of the process to
// its first reply, which nobody who has to boot can beat.
import { setTimeout as wait } from 'node:timers/promises'
import type { Kept } from '../contenders.ts'
import { ask } from '../load.ts'
import { freePort, start } from '../running.ts'
import { median } from '../table.ts'
import { app } from './place.ts'

const LIMIT_MS = 10_000
/** Between two callers. */
const EVERY_MS = 10
/** Time to be well again. */
const SETTLE_MS = 1_000

export interface FirstReply {
  readonly ms: number
  /** Of the bare program, in the same minute: the machine may be busy by turns. */
  readonly bootMs: number
}

/** The medians. */
export async function firstReplies(port: number, kept: Kept, times: number, log: string): Promise<FirstReply> {
  const [took, boots]: [number[], number[]] = [[], []]
  let last = 0
  let { pid } = await firstReply(port, performance.now(), () => true)
  for (let n = 0; n < times; n++) {
    boots.push(await bareBootMs(log))
    await wait(SETTLE_MS)
    await kept.spared?.(last)
    const [old, at] = [pid, performance.now()]
    last = at
    process.kill(old, 'SIGKILL')
    const first = await firstReply(port, at, now => now !== old)
    took.push(first.tookMs)
    pid = first.pid
  }
  return { ms: median(took), bootMs: median(boots) }
}

async function bareBootMs(log: string): Promise<number> {
  const port = await freePort()
  const at = performance.now()
  const bare = start(process.execPath, [app], { PORT: `${port}`, ACCEPT_LOG: log })
  const { tookMs } = await firstReply(port, at, () => true)
  await bare.stop()
  return tookMs
}

/** Each waits for his own answer: one whose connection went to the dying process would hear nothing. */
async function firstReply(port: number, at: number, fits: (pid: number) => boolean): Promise<{ pid: number; tookMs: number }> {
  const limit = new AbortController()
  const reply = new Promise<{ pid: number; tookMs: number }>(resolve => {
    const come = () =>
      void ask(port, -1, at, LIMIT_MS).then(({ pid, tookMs }) => pid !== undefined && fits(pid) && resolve({ pid, tookMs }))
    const callers = setInterval(come, EVERY_MS)
    limit.signal.addEventListener('abort', () => clearInterval(callers))
    come()
  })
  const late = wait(LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`no reply on port ${port} within ${LIMIT_MS / 1_000} s`)
  })
  try {
    return await Promise.race([reply, late])
  } finally {
    limit.abort()
  }
}
