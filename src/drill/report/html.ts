// The report as one HTML file with nothing outside it: opened from a mail, a CI artefact or a disk, it shows the same. Says first what came
// out, then the one thing to mend, then how it went.
import { formatMs } from '../../core/index.ts'
import { percent } from '../scenario/promises.ts'
import type { DrillReport, Told } from '../scenario/report.ts'
import { escapeHtml as text } from './escape.ts'
import type { Regression } from './history.ts'
import { timelinePlot } from './plot.ts'
import { STYLE } from './style.ts'

export function drillHtml(reports: readonly DrillReport[], regressions: readonly Regression[] = []): string {
  const first = reports[0]
  const title = reports.length === 1 ? `Drill ${nameOf(first!)}` : `${reports.length} drills`
  const at = first === undefined ? '' : new Date(first.at).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })
  const body = [
    `<h1>${text(title)}${first === undefined ? '' : ` of ${text(first.target)}`}</h1><p class="soft">${text(at)}</p>`,
    reports.length > 1 ? summary(reports) : '',
    regressions.length === 0
      ? ''
      : `<div class="mend"><b>Worse than before</b>${regressions.map(one => `${text(one.drill)}: ${text(one.says)}`).join('<br>')}</div>`,
    ...reports.map(section),
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(title)}</title><style>${STYLE}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`
}

const SAYS: Readonly<Record<DrillReport['verdict'], string>> = {
  yes: 'it healed as promised',
  no: 'it did not heal as promised',
  expected: 'not yet, as expected',
  no_steady_state: 'no steady state',
  aborted: 'stopped: it hurt too much',
}

const nameOf = ({ drill, without }: DrillReport) => (without.length === 0 ? drill : `${drill} without ${without.join(', ')}`)
const badge = ({ verdict }: DrillReport) => `<span class="verdict ${verdict}">${SAYS[verdict]}</span>`
const msOf = (ms: number | null, none = '–') => (ms === null ? none : formatMs(ms))

function summary(reports: readonly DrillReport[]): string {
  const rows = reports.map((report, i) => {
    const all = report.figures?.all
    const cells =
      all === undefined
        ? ['–', '–', '–', '–']
        : [percent(all.availability), msOf(all.containMs, 'never'), msOf(all.recoverMs, 'never'), msOf(all.latency.during.p99)]
    return `<tr><td><a href="#d${i}">${text(nameOf(report))}</a></td><td>${badge(report)}</td>${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`
  })
  return `<section><div class="scroll"><table><tr><th>drill</th><th>verdict</th><th>answered well</th><th>contained</th><th>recovered</th><th>p99 during</th></tr>${rows.join('')}</table></div></section>`
}

function section(report: DrillReport, i: number): string {
  const { says, stage, target, rate, durationMs, loadPerCore, without, mend, verdict, again, figures, expectedToFail } = report
  const who = `${stage === 'copy' ? 'a copy of ' : ''}${target}`
  const control =
    without.length === 0 ? '' : ` This is the control arm: ${without.join(' and ')} turned off, to see what it buys.`
  const parts = [
    `<div class="head"><h2>${text(nameOf(report))}</h2>${badge(report)}</div>`,
    `<p>${text(says)}</p><p class="soft">${text(who)}, ${rate} visits a second for ${formatMs(durationMs)}.${text(control)}${loadPerCore > 2 ? ` This machine was busy with other things (load ${loadPerCore} a core): what was slow may not be the app's doing.` : ''}</p>`,
    expectedToFail !== null && verdict !== 'yes' ? `<p class="soft">Expected to fail today: ${text(expectedToFail)}</p>` : '',
    mend === null ? '' : `<div class="mend"><b>First thing to mend</b>${text(mend)}</div>`,
    figures === null ? '' : tiles(report),
    report.columns.length === 0 ? '' : `${timelinePlot(report)}${KEY}`,
    `<h3>Promises</h3><table>${report.checks.map(({ kept, promise, says }) => `<tr><td class="${kept ? 'yes">yes' : 'no">no'}</td><td>${text(promise)}</td><td>${text(says)}</td></tr>`).join('')}</table>`,
    figures === null ? '' : journeys(report),
    report.failures.length === 0
      ? ''
      : `<h3>What callers saw</h3><ul>${report.failures.map(({ says, count }) => `<li>${count} × ${text(says)}</li>`).join('')}</ul>`,
    `<h3>What you would have been told at once</h3>${report.notified.length === 0 ? '<p class="soft">Nothing: it healed by itself, and stands in the journal.</p>' : `<ul>${report.notified.map(one => `<li>${text(one.says)}</li>`).join('')}</ul>`}`,
    `<h3>Again</h3><pre>${text(again)}</pre>`,
    report.told.length === 0
      ? ''
      : `<details><summary>All that selfheal said meanwhile (${report.told.length})</summary><div class="scroll"><table>${report.told.map(line).join('')}</table></div></details>`,
  ]
  return `<section id="d${i}">${parts.join('\n')}</section>`
}

const KEY = `<p class="key"><span><i style="background:var(--p99)"></i>p99</span><span><i style="background:var(--p50)"></i>p50</span><span><i style="background:var(--ok-soft)"></i>answered well</span><span><i style="background:var(--degraded)"></i>refused with a reason</span><span><i style="background:var(--failed)"></i>failed</span><span><i style="background:var(--broken)"></i>broken</span></p>`

function tiles({ figures }: DrillReport): string {
  const { all, detectMs, writes } = figures!
  const failed = all.steps - all.ok - all.degraded
  const tile = (value: string, name: string, bad = false) =>
    `<div class="tile${bad ? ' bad' : ''}"><b>${value}</b><span>${name}</span></div>`
  return `<div class="tiles">${[
    tile(percent(all.availability), 'answered well'),
    tile(`${failed}`, `failed, of ${all.steps}`, failed > 0),
    tile(msOf(detectMs, 'not seen'), 'until detected'),
    tile(msOf(all.containMs, 'never'), 'until contained', all.containMs === null),
    tile(msOf(all.recoverMs, 'never'), 'until recovered', all.recoverMs === null),
    tile(formatMs(all.gapMs), 'worst gap'),
    ...(writes.tried === 0
      ? []
      : [
          tile(`${writes.lost.length}`, `lost, of ${writes.acknowledged} confirmed`, writes.lost.length > 0),
          tile(`${writes.doubled.length}`, 'done twice', writes.doubled.length > 0),
        ]),
  ].join('')}</div>`
}

function journeys({ figures }: DrillReport): string {
  const rows = Object.entries(figures!.journeys).map(([name, one]) => {
    const three = (key: 'p50' | 'p99') =>
      [one.latency.before, one.latency.during, one.latency.after].map(part => `<td>${msOf(part[key])}</td>`).join('')
    const failed = one.steps - one.ok - one.degraded
    return `<tr><td>${text(name)}</td><td>${one.steps}</td><td>${percent(one.availability)}</td><td>${one.degraded}</td><td>${failed}</td>${three('p50')}${three('p99')}<td>${msOf(one.recoverMs, 'never')}</td></tr>`
  })
  return `<h3>Journeys</h3><div class="scroll"><table><tr><th></th><th>answers</th><th>good</th><th>honest no</th><th>failed</th><th>p50 before</th><th>during</th><th>after</th><th>p99 before</th><th>during</th><th>after</th><th>recovered</th></tr>${rows.join('')}</table></div>`
}

function line({ atMs, level, says }: Told): string {
  return `<tr><td class="at">${(atMs / 1_000).toFixed(2)} s</td><td class="${level === 'warn' || level === 'alarm' ? level : ''}">${text(says)}</td></tr>`
}
