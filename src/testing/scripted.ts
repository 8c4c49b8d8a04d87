// A dependency that does what it is told, for tests: each step answers one call, the last step all that follow.
import type { Clock } from '../core/index.ts'

export type Step =
  | { readonly value: unknown; readonly afterMs?: number }
  | { readonly error: unknown; readonly afterMs?: number }
  /** Answers never, and hears no signal. */
  | 'hang'
  /** A refused connection: surely not run. */
  | 'down'
  | 'ok'

export interface Scripted {
  call(): Promise<unknown>
  calls(): number
  /** How many are in work now, and were at most. */
  running(): number
  most(): number
}

export function scripted(steps: readonly Step[], { clock }: { readonly clock: Clock }): Scripted {
  let [calls, running, most] = [0, 0, 0]
  return Object.freeze({
    async call() {
      const step = steps[Math.min(calls++, steps.length - 1)] ?? 'ok'
      most = Math.max(most, ++running)
      if (step === 'hang') return new Promise<never>(() => {})
      try {
        if (typeof step === 'object' && step.afterMs !== undefined)
          await new Promise<void>(resolve => void clock.after(step.afterMs!, resolve))
        if (step === 'down') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
        if (step === 'ok') return 'ok'
        if ('error' in step) throw step.error
        return step.value
      } finally {
        running--
      }
    },
    calls: () => calls,
    running: () => running,
    most: () => most,
  })
}
