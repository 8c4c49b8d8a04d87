import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logs } from './logs.ts'

test('what a program says is passed on and kept, by program and by number', () => {
  const passed: string[] = []
  const kept = logs(text => void passed.push(text))
  kept.sink('web')('web.1 | a\nweb.1 | b\n', 0)
  kept.sink('api')('api.1 | c\n', 1)
  assert.deepEqual(passed, ['web.1 | a\nweb.1 | b\n', 'api.1 | c\n'])
  assert.deepEqual(
    kept.read({}).map(({ n, program, text, error }) => [n, program, text, error]),
    [
      [1, 'web', 'web.1 | a', false],
      [2, 'web', 'web.1 | b', false],
      [3, 'api', 'api.1 | c', true],
    ],
  )
  assert.deepEqual(
    kept.read({ programs: ['web'], lines: 1 }).map(line => line.text),
    ['web.1 | b'],
  )
  assert.deepEqual(
    kept.read({ programs: [], after: 2 }).map(line => line.n),
    [3],
  )
})

test('however much is said, little is kept, and it is the newest', () => {
  const kept = logs(() => {})
  const sink = kept.sink('web')
  for (let i = 0; i < 20_000; i++) sink(`${i} ${'x'.repeat(3_000)}\n`, 0)
  const all = kept.read({ lines: 100_000 })
  assert.ok(all.length <= 525, `${all.length} lines of 2,000 characters are a megabyte`)
  assert.match(all.at(-1)!.text, /^19999 x+…$/)
  assert.equal(all.at(-1)!.n, 20_000)
})
