// Asks an adapter's probe when it is due: one at a time, each within its time, in nobody's context. What an answer means is the rule's.
import { type Clock, outsideFrames, type Undo } from '../core/index.ts'
import type { Call } from '../policy/index.ts'
import { ownCall } from './probe-call.ts'
import { quietly } from './quiet-timer.ts'
import type { Seen } from './rule.ts'

const PROBE_MS = 2_000
/** Asked out of turn, because something is amiss. */
const INSISTED_MS = 1_000
/** An adapter that forgets its deadline does not stop the asking. */
const LEASE_MS = 500

export interface Prober {
  /** The next is due in so long; instead of the one that was. */
  arm(inMs: number): void
  /** The next is asked, also where calls would tell. */
  insist(): void
  /** How many were asked since restart(). */
  count(): number
  restart(): void
  stop(): void
  /** After stop(). */
  begin(): void
}

export function proberOf(
  clock: Clock,
  key: string,
  ask: (call: Call) => Promise<'up' | 'readonly'>,
  { wanted, seen }: { wanted(insisted: boolean): 'now' | 'no' | number; seen(seen: Seen): void },
): Prober {
  let timer: Undo | undefined
  let insisted = false
  let probing = false
  let count = 0
  let stopped = false

  const arm = (inMs: number) => {
    timer?.()
    timer = quietly(clock, inMs, probe)
  }
  const probe = () => {
    if (probing || stopped) return
    const when = wanted(insisted)
    if (when === 'no') return
    if (when !== 'now') {
      arm(when)
      return
    }
    const withinMs = insisted ? INSISTED_MS : PROBE_MS
    insisted = false
    probing = true
    count++
    const call = ownCall(clock, key, withinMs)
    const answer = (what: Seen) => {
      if (!probing || call.signal.aborted) return
      probing = false
      lease()
      call.end()
      if (!stopped) seen(what)
    }
    const lease = quietly(clock, withinMs + LEASE_MS, () => answer({ is: 'missed', why: `no answer within ${withinMs} ms` }))
    outsideFrames(() => ask(call)).then(
      found => answer({ is: 'probed', found }),
      error => answer({ is: 'missed', why: messageOf(error) }),
    )
  }
  return Object.freeze({
    arm,
    insist: () => void (insisted = true),
    count: () => count,
    restart: () => void (count = 0),
    stop() {
      stopped = true
      timer?.()
    },
    begin: () => void (stopped = false),
  })
}

/** What an error says, in few words. */
export function messageOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown }
  return String((typeof message === 'string' && message !== '' ? message : code) ?? error)
}
