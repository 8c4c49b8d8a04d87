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
  return [drawn, found.join('\n'), last].filter(text => text !== '').join('\n\n')
}
