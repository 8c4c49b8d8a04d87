// The crash drill: kill -9 of the life that serves. It gets no word to say and nothing to finish: what a native crash or the kernel's
// out-of-memory killer does.
import type { Scenario } from './scenario.ts'

export interface CrashOptions {
  /** How many times. Default 1. Five within a minute are a crash loop by the default rule of restarts. */
  readonly kills?: number
}

export function crash({ kills = 1 }: CrashOptions = {}): Scenario {
  return Object.freeze({
    name: 'crash',
    fault: { says: 'kill -9', inject: (target, life) => target.signal(life, 'SIGKILL') },
    times: kills,
    promises: { backWithinMs: 5_000 },
  } satisfies Scenario)
}
