// A breaker must be able to see what it judges: slow before the attempt is cut, and more than one attempt in its window.
import { formatMs } from '../../core/index.ts'
import { type Finding, known, levels, type Rule } from '../facts.ts'

const LONG_MS = 30_000

export const breaker: Rule = {
  name: 'breaker',
  says: 'slow threshold < attempt; window ≥ 2 × attempt (or, of a very long one, 2 × slow); open time ≥ attempt.',
  check({ parts }) {
    const found: Finding[] = []
    for (const part of parts) {
      const at = levels(part)
      const attempt = at('attempt')
      if (!known(attempt)) continue
      const broken = (says: string, mend: string, patch: string) =>
        found.push({ rule: this.name, where: part.path, weight: 'broken', says, mend, patch })
      const [slow, window, open] = [at('slow'), at('window'), at('open')]
      if (known(slow) && slow >= attempt)
        broken(
          `a call counts as slow after ${formatMs(slow)}, and is cut after ${formatMs(attempt)}: slowness is never seen, only failure`,
          `Set the slow threshold below ${formatMs(attempt)}`,
          `slow: '${Math.max(1, Math.floor(attempt * 0.4))}ms',`,
        )
      // A very long attempt is counted when it has become slow: no window should remember for as long as it takes.
      const counted = known(slow) ? Math.min(attempt, Math.max(slow, LONG_MS)) : attempt
      if (known(window) && window < 2 * counted)
        broken(
          `its window of ${formatMs(window)} holds less than two ${counted < attempt ? 'slow calls' : 'attempts'} of ${formatMs(counted)}: a hang is forgotten before it is counted`,
          `A window of at least ${formatMs(2 * counted)}`,
          `breaker: { window: '${2 * counted}ms' },`,
        )
      if (known(open) && open < attempt)
        broken(
          `it stays open ${formatMs(open)}, and an attempt takes up to ${formatMs(attempt)}: it asks again while the last ones are still at it`,
          `Stay open for at least ${formatMs(attempt)}`,
          `breaker: { open: '${attempt}ms' },`,
        )
    }
    return found
  },
}
