// retry() by itself: another try of what surely did not run, or may run twice, after a jittered wait, within a budget.
import type { Policy } from './call.ts'
import { type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from './policy.ts'
import { Reader } from './read-options.ts'
import { newBudget, RETRY_OPTIONS, type RetryOptions, readRetry } from './retry.ts'

export function retry(options: RetryOptions & Named = {}): Policy {
  const read = new Reader()
  const given = read.object(options, '', [...SURROUNDINGS, ...RETRY_OPTIONS]) as RetryOptions & Named
  const name = readNamed(given as Readonly<Record<string, unknown>>, 'retry', read)
  const figures = readRetry(given, '', read, given.random ?? Math.random)
  read.done(name)
  const budget = figures.share === Number.POSITIVE_INFINITY ? undefined : newBudget()
  return Object.freeze(policyOf(newEngine(name, given, { retry: figures, budget })))
}
