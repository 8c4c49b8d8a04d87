// What doctor prints: the ladders, then what is out of step with the mend under it, then one line that says it all. Pure: text out.
import { policyOwner } from '../core/index.ts'
import type { Verdict } from './doctor.ts'
import type { Facts, Finding } from './facts.ts'
import { ladders } from './ladder.ts'

export function report(facts: Facts, verdict: Verdict, looked: readonly string[]): string {
  const drawn = ladders({ ...facts, parts: drawable(facts, verdict.findings) }, verdict.findings)
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

/** The guards inside a dependency or a door stand in its own ladder already. */
function drawable({ parts }: Facts, findings: readonly Finding[]): Facts['parts'] {
  const whole = new Set(parts.filter(({ kind }) => kind !== 'guard').map(({ path }) => path))
  return parts.filter(
    ({ path, kind }) => kind !== 'guard' || !whole.has(policyOwner(path)) || findings.some(({ where }) => where === path),
  )
}

const BLIND = `I see no pool, client or server of this app: they are not guarded by selfheal (run it with --auto, or use heal.dependency).
For what the code says: selfheal doctor --static .`

/** Something runs, and all that is known of it is how its process is run. */
function seesNothingOf({ parts }: Facts): boolean {
  return parts.length > 0 && parts.every(({ kind, settings }) => kind === 'program' || settings.length === 0)
}
