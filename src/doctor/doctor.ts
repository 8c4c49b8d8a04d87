// The verdict: every rule over the facts. Pure. The order of the findings is the order of the rules, broken ones first.
import type { Facts, Finding, Rule } from './facts.ts'
import * as rules from './rules/index.ts'

export interface Verdict {
  readonly well: boolean
  readonly findings: readonly Finding[]
  /** Rules that had something to judge are not told apart from those that had nothing: what is looked at stands in the ladders. */
  readonly rules: readonly { readonly name: string; readonly says: string; readonly broken: number }[]
}

export const allRules: readonly Rule[] = Object.freeze(Object.values(rules))

export function examine(facts: Facts, more: readonly Finding[] = []): Verdict {
  const findings = [...allRules.flatMap(rule => rule.check(facts)), ...more]
  const sorted = [...findings.filter(f => f.weight === 'broken'), ...findings.filter(f => f.weight === 'look')]
  return Object.freeze({
    well: sorted.every(f => f.weight !== 'broken'),
    findings: sorted,
    rules: allRules.map(({ name, says }) => ({ name, says, broken: findings.filter(f => f.rule === name).length })),
  })
}
