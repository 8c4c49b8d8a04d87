// The control arm's part in a guard: what SELFHEAL_WITHOUT names is left out, whatever the options say. For drills; refused in production.
import { withoutPatterns } from '../core/index.ts'
import type { GuardOptions } from './guard-options.ts'

export function leftOut(options: GuardOptions): GuardOptions {
  const without = withoutPatterns()
  if (without.size === 0) return options
  return {
    ...options,
    ...(without.has('breaker') ? { breaker: false as const } : {}),
    ...(without.has('retry') ? { retry: false as const } : {}),
    ...(without.has('limit') ? { limit: false as const } : {}),
    ...(without.has('timeout') ? { timeout: false as const, deadline: NEVER } : {}),
  }
}

/** As good as none: longer than any drill. */
const NEVER = '1h'
