// Drills as JUnit's XML: a suite a drill, a case a promise, so that any CI shows which promise was not kept. An expected failure is skipped,
// by name and with its reason; one that passes now is a failure of the list.
import type { DrillReport } from '../scenario/report.ts'

export function drillJunit(reports: readonly DrillReport[]): string {
  const suites = reports.map(suiteOf).join('\n')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="selfheal drills">\n${suites}\n</testsuites>\n`
}

function suiteOf(report: DrillReport): string {
  const { drill, without, checks, verdict, durationMs, expectedToFail, again } = report
  const name = without.length === 0 ? drill : `${drill} without ${without.join(', ')}`
  const skipped = verdict === 'expected'
  const cases = checks.map(({ promise, kept, says, mend }) => {
    const head = `    <testcase classname="${text(name)}" name="${text(promise)}" time="${(durationMs / 1_000 / checks.length).toFixed(3)}"`
    if (kept) return `${head}/>`
    const inner = skipped
      ? `<skipped message="${text(`expected: ${expectedToFail}`)}"/>`
      : `<failure message="${text(says)}">${text(`${mend ?? ''}\nAgain: ${again}`)}</failure>`
    return `${head}>${inner}</testcase>`
  })
  const bad = checks.filter(check => !check.kept).length
  return [
    `  <testsuite name="${text(name)}" tests="${checks.length}" failures="${skipped ? 0 : bad}" skipped="${skipped ? bad : 0}" time="${durationMs / 1_000}" timestamp="${new Date(report.at).toISOString()}">`,
    ...cases,
    '  </testsuite>',
  ].join('\n')
}

const text = (raw: string) =>
  raw
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
