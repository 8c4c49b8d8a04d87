// npm run bench:dependencies comes out: one fault, two arms, a few seconds. Its figures are its own affair.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { node } from '../node.ts'

test('bench:dependencies plays a fault on a real server to two arms, and tells how they fared', () => {
  const { stdout, stderr } = spawnSync(
    node,
    [
      ...['--conditions=@selfheal/source', '--disable-warning=ExperimentalWarning', 'bench/dependencies.ts', '--json'],
      ...[
        '--fault',
        'refused',
        '--driver',
        'postgres',
        '--only',
        'bare,selfheal',
        '--lead',
        '0.5',
        '--for',
        '2.5',
        '--after',
        '0.5',
      ],
    ],
    { encoding: 'utf8', timeout: 60_000 },
  )
  const { data } = JSON.parse(stdout || assert.fail(stderr)) as { data: { rows: readonly Row[] } }
  assert.deepEqual(
    data.rows.map(({ driver, fault, arm }) => [driver, fault, arm]),
    [
      ['postgres', 'refused', 'bare'],
      ['postgres', 'refused', 'selfheal'],
    ],
  )
  const [bare, ours] = data.rows.map(({ figures }) => figures)
  assert.equal(bare!.noticed, undefined, 'a bare driver has nothing that would notice')
  assert.ok(ours!.noticed !== undefined, stderr)
  for (const { lost, longestMs, strip, unfinished } of [bare!, ours!]) {
    assert.ok(lost.during > 0 && lost.of >= lost.during)
    assert.ok(longestMs > 0)
    assert.ok(strip.includes('refused'))
    assert.equal(unfinished, 0)
  }
})

interface Row {
  readonly driver: string
  readonly fault: string
  readonly arm: string
  readonly figures: {
    readonly noticed?: { readonly ms: number }
    readonly lost: { readonly during: number; readonly of: number }
    readonly longestMs: number
    readonly strip: readonly string[]
    readonly unfinished: number
  }
}
