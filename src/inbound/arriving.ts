// A body that is still arriving is its sender's slowness, not the handler's: it holds no place, and no deadline of ours binds it (Node's own
// requestTimeout does). From when it is there, or the handler leaves it lying, the handler has its time.
import type { IncomingMessage } from 'node:http'
import { type Clock, RejectedError } from '../core/index.ts'

/** Undefined: it has no body. True: more of it came since it was last asked, or could come. */
export function bodyOf(request: IncomingMessage): (() => boolean) | undefined {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  if ((coding === undefined && Number(length ?? 0) === 0) || request.complete) return undefined
  let heard: number | undefined
  return () => {
    if (request.complete || request.destroyed) return false
    const bytes = request.socket?.bytesRead
    const more = heard !== undefined && bytes !== heard
    heard = bytes
    return more || request.readableLength < request.readableHighWaterMark
  }
}

export const ARRIVING = Symbol('arriving')

/** What it comes to; or ARRIVING, when the body is still arriving at half the time it has. */
export function untilHalf<T>(
  serving: Promise<T>,
  arriving: () => boolean,
  ms: number,
  clock: Clock,
): Promise<T | typeof ARRIVING> {
  return new Promise((resolve, reject) => {
    let undo = clock.after(ms / 4, () => {
      arriving()
      undo = clock.after(ms / 4, () => {
        if (arriving()) resolve(ARRIVING)
      })
    })
    serving.then(resolve, reject).finally(() => undo())
  })
}

/** Without a place. Rejects as the deadline would, when it has not been served so long after the last of its body came. */
export async function served<T>(
  serving: Promise<T>,
  arriving: () => boolean,
  { name, ms, clock }: { readonly name: string; readonly ms: number; readonly clock: Clock },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let heardAt = clock.now()
    const look = () => {
      const now = clock.now()
      if (arriving()) heardAt = now
      if (now - heardAt < ms) undo = clock.after(Math.min(1_000, ms / 4), look)
      else
        reject(
          new RejectedError(`${name} did not answer before the deadline; the call may still have had its effect`, {
            code: 'SELFHEAL_DEADLINE_EXCEEDED',
            policy: 'deadline',
            key: name,
            ran: 'maybe',
            retryAfterMs: 1_000,
            hint: 'Look whether it was done before you do it again; give the whole request more time, or do less in it',
          }),
        )
    }
    let undo = clock.after(Math.min(1_000, ms / 4), look)
    serving.then(resolve, reject).finally(() => undo())
  })
}
