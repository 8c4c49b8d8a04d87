import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DrillReport } from '../scenario/report.ts'
import { fellBy, type HistoryLine, keepHistory, readHistory, regressionsOf } from './history.ts'
import { drillHtml } from './html.ts'
import { drillJunit } from './junit.ts'
import { drillTable, drillText } from './text.ts'

const latency = { before: { p50: 5, p99: 9 }, during: { p50: 8, p99: 400 }, after: { p50: 5, p99: 9 } }
const scope = {
  steps: 100,
  ok: 90,
  availability: 0.9,
  answered: 0.95,
  degraded: 5,
  failed: { refused: 0, reset: 1, timeout: 1, '5xx': 3, '4xx': 0, wrong: 0, other: 0, unsent: 0 },
  latency,
  containMs: 700,
  recoverMs: 1_900,
  gapMs: 300,
}
const NASTY = '<script>alert("x")</script> & \'y\''
const report: DrillReport = {
  v: 1,
  drill: 'database-down',
  says: 'The database is killed.',
  without: [],
  stage: 'copy',
  target: 'shop',
  at: 1_795_000_000_000,
  loadPerCore: 0.5,
  rate: 20,
  durationMs: 10_000,
  verdict: 'no',
  checks: [
    { promise: 'recover ≤ 5 s', kept: true, says: '1.9 s', mend: null },
    { promise: 'availability ≥ 99 %', kept: false, says: '90.00 %', mend: 'Put it behind a feature.' },
  ],
  mend: 'Put it behind a feature.',
  expectedToFail: null,
  figures: {
    all: scope,
    journeys: { [NASTY]: scope },
    detectMs: 80,
    restarts: { app: 1 },
    tries: { retries: 3, by: ['database'] },
    writes: { tried: 9, acknowledged: 8, lost: ['order 4'], doubled: [], unknown: [] },
    ownDelayMs: 3,
  },
  columnMs: 250,
  columns: Array.from({ length: 40 }, (_, i) => ({
    atMs: i * 250,
    ok: i % 7 === 0 ? 0 : 5,
    degraded: i === 12 ? 2 : 0,
    failed: i === 10 ? 3 : 0,
    p50: i % 7 === 0 ? null : 8,
    p99: i % 7 === 0 ? null : 40 + i,
  })),
  marks: [
    { atMs: 2_500, is: 'fault', says: `kill -9 ${NASTY}` },
    { atMs: 2_580, is: 'detected', says: 'app.1 was killed' },
    { atMs: 4_500, is: 'healed', says: `kill -9 ${NASTY}` },
  ],
  notified: [{ atMs: 3_000, level: 'alarm', name: 'x', says: NASTY }],
  told: [{ atMs: 3_000, level: 'warn', name: 'x', says: NASTY }],
  failures: [{ says: NASTY, count: 3 }],
  again: "npx selfheal drill database-down --config 'a b'",
}

test('the page is one file with nothing outside it, and nothing an app said becomes markup', () => {
  const html = drillHtml([report], [{ drill: 'database-down', says: 'recovered: 9 s, usually 1 s' }])
  assert.doesNotMatch(html, /<script|<link|https?:\/\/|@import|url\(/)
  assert.match(html, /default-src 'none'/)
  assert.match(html, /<svg [^>]*role="img"/)
  for (const says of [
    'First thing to mend',
    'Put it behind a feature.',
    'Worse than before',
    'lost, of 8 confirmed',
    'What callers saw',
  ])
    assert.ok(html.includes(says), says)
  assert.equal(html.match(/<section/g)?.length, html.match(/<\/section>/g)?.length)
})

test('for a terminal: the picture, the promises, the first thing to mend, the command', () => {
  const text = drillText(report)
  assert.match(text, /▼/)
  assert.match(text, /NO {3}availability ≥ 99 %: 90\.00 %/)
  assert.match(text, /First: Put it behind a feature\.\n {2}Again: npx selfheal drill database-down/)
  assert.match(drillTable([report]), /database-down +NO +90\.00 %/)
})

test('for CI: a case a promise, and an expected failure is skipped with its reason', () => {
  const xml = drillJunit([report, { ...report, verdict: 'expected', expectedToFail: 'no <Redis> yet' }])
  assert.match(xml, /<testsuite name="database-down" tests="2" failures="1" skipped="0"/)
  assert.match(xml, /<failure message="90\.00 %">Put it behind a feature\.\nAgain: npx selfheal drill/)
  assert.match(xml, /<skipped message="expected: no &lt;Redis&gt; yet"\/>/)
})

const line: HistoryLine = {
  at: 0,
  drill: 'database-down',
  verdict: 'yes',
  availability: 0.99,
  containMs: 500,
  recoverMs: 1_000,
  p99DuringMs: 300,
}

test('history tells what is worse than it was, and takes noise for noise', () => {
  const past = [line, { ...line, recoverMs: 1_400 }, line]
  assert.deepEqual(regressionsOf({ ...line, recoverMs: 1_900 }, past), [])
  assert.match(regressionsOf({ ...line, recoverMs: 9_000 }, past)[0]!.says, /recovered: 9 s, usually 1 s/)
  assert.match(regressionsOf({ ...line, verdict: 'no' }, past)[0]!.says, /yes the last time/)
  assert.match(regressionsOf({ ...line, availability: 0.9 }, past)[0]!.says, /availability: 90\.00 %/)
  assert.deepEqual(regressionsOf({ ...line, verdict: 'no' }, []), [])
  assert.deepEqual(regressionsOf({ ...line, drill: 'other', verdict: 'no' }, past), [])
})

test('history is kept over torn lines; control arms leave none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-history-'))
  const file = join(folder, 'deep', 'history.jsonl')
  keepHistory(file, [report, { ...report, without: ['breaker'] }])
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"torn`)
  assert.equal(readHistory(file).length, 1)
  rmSync(folder, { recursive: true })
})

test('a drill has fallen when it held the last time that it came to a verdict, for the same program', () => {
  const [no, sick] = [{ ...line, verdict: 'no' } as const, { ...line, verdict: 'no_steady_state' } as const]
  assert.equal(fellBy(no, [no, line]), true)
  assert.equal(fellBy({ ...no, verdict: 'aborted' }, [line, sick]), true, 'what broke nothing says nothing')
  assert.equal(fellBy(sick, [line]), false)
  assert.equal(fellBy(no, [line, no]), false, 'that was told the last time')
  assert.equal(fellBy(no, []), false)
  assert.equal(fellBy({ ...no, of: 'shop/api' }, [{ ...line, of: 'shop/web' }]), false)
})
