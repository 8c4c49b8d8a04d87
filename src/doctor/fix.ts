// What `doctor --fix` says of its mending: what was mended where it runs, with the lines that keep it so, and the lines for the rest. Pure.
import type { Finding } from './facts.ts'

/** Of what was tried, what is not found any more. */
export function mendedOf(tried: readonly Finding[], now: readonly Finding[]): readonly string[] {
  // The same trouble with other figures is no mending.
  const about = ({ rule, where, says }: Finding) => `${rule} ${where} ${says.replace(/[\d.]+ ?(?:ms|s|min|h)?\b/g, '#')}`
  const still = new Set(now.map(about))
  return tried
    .filter(one => !still.has(about(one)))
    .map(({ where, patch, mend }) => `${where}, until its process ends; for good: ${patch ?? mend}`)
}

export function fixText(findings: readonly Finding[], mended: readonly string[]): string {
  const done = mended.map(what => `Mended: ${what}`)
  const todo = findings.map(({ where, rule, mend, patch }) =>
    [`  ${where} [${rule}]`, ...(patch === undefined ? [`    ${mend}`] : patch.split('\n').map(line => `+   ${line}`))].join(
      '\n',
    ),
  )
  const head = 'For you to change (+: a line to paste):'
  return [...done, ...(todo.length > 0 ? [head, ...todo] : [])].join('\n') || 'Nothing to mend.'
}
