// Waits on the timer wheel: for a time, or for work with a limit of time. In the caller's async context, by the promise.
import type { Clock } from '../core/index.ts'
import { NOWHERE, type WheelNode, wheelOf } from './wheel.ts'

export interface Wait {
  readonly over: Promise<void>
  end(): void
}

/** Ends by itself after `ms`, or by end(). */
export function wait(ms: number, clock: Clock): Wait {
  const wheel = wheelOf(clock)
  let end!: () => void
  const node: WheelNode = { due: 0, slot: NOWHERE, wheelBefore: undefined, wheelAfter: undefined, ring: () => end() }
  const over = new Promise<void>(resolve => {
    end = () => {
      wheel.remove(node)
      resolve()
    }
  })
  const now = clock.now()
  wheel.add(node, now + ms, now)
  return { over, end }
}

/** What `work` comes to; rejects when it takes longer than `ms`. */
export async function waited<T>(work: () => T | PromiseLike<T>, ms: number, clock: Clock): Promise<T> {
  const limit = wait(ms, clock)
  try {
    return await Promise.race([
      (async () => work())(),
      limit.over.then(() => {
        throw new Error(`took longer than ${ms} ms`)
      }),
    ])
  } finally {
    limit.end()
  }
}
