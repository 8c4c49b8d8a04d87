// What doctor prints: the ladders, then what is out of step with the mend under it, then one line that says it all. Pure: text out.
import type { Verdict } from './doctor.ts'
import type { Facts } from './facts.ts'
import { ladders } from './ladder.ts'

export function report(facts: Facts, verdict: Verdict, looked: readonly string[]): string {
  const drawn = ladders(facts, verdict.findings)
  const found = verdict.findings.map(
    ({ rule, where, says, mend, weight }) => `${weight === 'broken' ? '✗' : '·'} ${where}: ${says} [${rule}]\n    ${mend}`,
  )
  const broken = verdict.findings.filter(f => f.weight === 'broken').length
  const last = verdict.well
    ? `In step: ${verdict.rules.length} rules over ${looked.join(', ')}.`
    : `Out of step: ${broken} ${broken === 1 ? 'finding' : 'findings'} over ${looked.join(', ')}.`
  const unseen = seesNothingOf(facts) ? BLIND : ''
  return [drawn, found.join('\n'), last, unseen].filter(text => text !== '').join('\n\n')
}

const BLIND = `I see no pool, client or server of this app: they are not guarded by selfheal (run it with --auto, or use heal.dependency).
For what the code says: selfheal doctor --static .`

/** Something runs, and all that is known of it is how its process is run. */
function seesNothingOf({ parts }: Facts): boolean {
  return parts.length > 0 && parts.every(({ kind, settings }) => kind === 'program' || settings.length === 0)
}
