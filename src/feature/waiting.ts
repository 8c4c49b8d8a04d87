// For jobs, mails and cron: wait for a feature instead of failing a thousand times. Refuses in our own family of errors, so that a queue
// can tell "not tried" from "failed".
import { type Clock, type Duration, durationMs, type Need, RejectedError, type Undo } from '../core/index.ts'

export interface WaitOptions {
  readonly signal?: AbortSignal
  /** Waits no longer, and is refused then. Default: for ever. */
  readonly atMost?: Duration
}
export interface RunOptions<T> extends WaitOptions {
  /** What is given when it is not on. Default: refused with RejectedError; with `wait`, waited for. */
  readonly otherwise?: 'wait' | (() => T | Promise<T>)
}

export async function waitUntilOn(feature: Need, clock: Clock, { signal, atMost }: WaitOptions = {}): Promise<void> {
  signal?.throwIfAborted()
  if (feature.reading().usable === 'full') return
  const mostMs = atMost === undefined ? Number.POSITIVE_INFINITY : durationMs(atMost)
  if (mostMs === undefined) throw new TypeError(`atMost is ${JSON.stringify(atMost)}: a duration like '30s'`)
  const undo: Undo[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      undo.push(feature.watch(now => now.usable === 'full' && resolve()))
      if (Number.isFinite(mostMs)) undo.push(clock.after(mostMs, () => reject(refusal(feature, clock))))
      if (signal === undefined) return
      const abort = () => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      undo.push(() => signal.removeEventListener('abort', abort))
    })
  } finally {
    for (const one of undo) one()
  }
}

export async function runWhenOn<T>(
  feature: Need,
  clock: Clock,
  fn: () => T | Promise<T>,
  options: RunOptions<T> = {},
): Promise<T> {
  const { otherwise, ...wait } = options
  wait.signal?.throwIfAborted()
  if (feature.reading().usable === 'full') return fn()
  if (otherwise === 'wait') {
    await waitUntilOn(feature, clock, wait)
    return fn()
  }
  if (otherwise !== undefined) return otherwise()
  throw refusal(feature, clock)
}

/** "We did not run it", with why and when to come again. */
export function refusal(feature: Need, clock: Clock): RejectedError {
  const { state, causes, backAt } = feature.reading()
  const why = causes.map(cause => cause.says).join('; ') || 'no reason was told'
  return new RejectedError(`${feature.name} is ${state === 'readonly' ? 'read-only' : state}: ${why}`, {
    code: 'SELFHEAL_FEATURE_OFF',
    policy: 'feature',
    key: feature.name,
    ran: 'no',
    ...(backAt === undefined ? {} : { retryAfterMs: Math.max(0, backAt - clock.wall()) }),
    hint: `It was not tried. Wait with feature.wait(), or give what else to do: run(fn, { otherwise }).`,
  })
}
