// Strike: one fault put in, and what was noticed of it: when somebody heard of the exit, when the next life was ready. What callers
// noticed is in the load.
import type { Clock } from '../../core/index.ts'
import type { Fault } from './scenario.ts'
import type { Serving, Target } from './target.ts'

/** Times of the clock; undefined: it was not seen. */
export interface Strike {
  readonly life: Serving
  /** The fault was surely in. What was sent later met it. */
  readonly atMs: number
  readonly detectedMs?: number
  readonly readyMs?: number
  readonly successor?: Serving
}

export interface StrikeOptions {
  readonly target: Target
  readonly fault: Fault
  readonly clock: Clock
  /** True: look no longer. `atMs` is undefined until the fault is in. */
  readonly enough: (atMs: number | undefined) => boolean
  /** Told at once, and again when it is known how it went. */
  readonly onStrike?: (strike: Strike) => void
}

const LOOK_MS = 25

/** Waits for a life that serves, breaks it, and looks until the next one is ready. Undefined: nobody served, so nothing was broken. */
export async function strike({ target, fault, clock, enough, onStrike }: StrikeOptions): Promise<Strike | undefined> {
  const life = await look(
    () => target.serving(),
    clock,
    () => enough(undefined),
  )
  // Stopped while it looked: the fault must not go in any more.
  if (life === undefined || enough(undefined)) return undefined
  let atMs = Number.POSITIVE_INFINITY
  let atWall = 0
  let detectedMs: number | undefined
  const undo = target.onExit((pid, wall) => {
    if (pid !== life.pid || detectedMs !== undefined) return
    // Two processes share the wall clock alone: a stepped one must not tell of an exit before the fault, or after we heard of it.
    detectedMs = Math.min(clock.now(), atMs + Math.max(0, wall - atWall))
  })
  try {
    atWall = clock.wall()
    fault.inject(target, life)
    atMs = clock.now()
    const said = () => (detectedMs === undefined ? {} : { detectedMs })
    onStrike?.({ life, atMs })
    const successor = await look(
      async () => {
        const now = await target.serving()
        return now === undefined || now.pid === life.pid ? undefined : now
      },
      clock,
      () => enough(atMs),
    )
    const struck = { life, atMs, ...said(), ...(successor === undefined ? {} : { readyMs: clock.now(), successor }) }
    onStrike?.(struck)
    return struck
  } finally {
    undo()
  }
}

async function look<T>(find: () => Promise<T | undefined>, clock: Clock, enough: () => boolean): Promise<T | undefined> {
  for (;;) {
    const found = await find()
    if (found !== undefined || enough()) return found
    await new Promise<void>(resolve => void clock.after(LOOK_MS, resolve))
  }
}
