// The call that adapters get for probe, drop and resume: a deadline, and nobody else's context.
import type { Clock } from '../core/index.ts'
import type { Call } from '../policy/index.ts'

/** `end()` aborts its signal. */
export function ownCall(clock: Clock, key: string, ms: number): Call & { end(): void } {
  const deadline = clock.now() + ms
  const controller = new AbortController()
  return Object.freeze({
    key,
    attempt: 1,
    idempotent: false,
    priority: 'critical' as const,
    deadline,
    remaining: () => Math.max(0, deadline - clock.now()),
    signal: controller.signal,
    end: () => controller.abort(),
  })
}
