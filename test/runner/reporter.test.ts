// That a test run can fail: node's own runner with our reporter, over made-up test files.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

function run(text: string): { readonly code: number | null; readonly said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-reporter-'))
  try {
    writeFileSync(join(folder, 'made-up.test.ts'), text)
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const words = [
      '--test',
      `--test-reporter=${join(import.meta.dirname, 'reporter.ts')}`,
      '--test-reporter-destination=stdout',
      join(folder, 'made-up.test.ts'),
    ]
    const done = spawnSync(process.execPath, words, { encoding: 'utf8', env })
    return { code: done.status, said: done.stdout }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const head = "import { describe, test } from 'node:test'\nimport assert from 'node:assert/strict'\n"

test('tests that pass are dots and the runner’s own closing lines', () => {
  const { code, said } = run(`${head}test('a', () => console.log('talk'))\ndescribe('s', () => { test('b', () => {}) })`)
  assert.equal(code, 0)
  assert.match(said, /^\.\.\n/)
  assert.match(said, /ℹ tests 2\n[\s\S]*ℹ pass 2\nℹ fail 0\n/)
  assert.doesNotMatch(said, /talk/)
})

test('a failure is told in full, once, with its place and what the file said, and fails the run', () => {
  const { code, said } = run(`${head}describe('s', () => { test('b', () => { console.log('talk'); assert.equal(1, 2) }) })`)
  assert.equal(code, 1)
  assert.equal(said.match(/✖/g)?.length, 1)
  assert.match(said, /✖ b \(.*made-up\.test\.ts:3\)\n.*\n.*\n\s+1 !== 2/)
  assert.match(said, /talk/)
  assert.match(said, /ℹ fail 1\n/)
})

test('a file that breaks while it is read fails the run, and says why', () => {
  const { code, said } = run(`${head}throw new Error('broken file')`)
  assert.equal(code, 1)
  assert.match(said, /broken file/)
})

test('a file that holds no test fails the run', () => {
  const { code, said } = run('// nothing')
  assert.equal(code, 1)
  assert.match(said, /this file holds no test/)
})

test('a skipped test is told by name, with its reason', () => {
  const { code, said } = run(`${head}test('a', { skip: 'needs a thing: apt-get install thing' }, () => {})\ntest('b', () => {})`)
  assert.equal(code, 0)
  assert.match(said, /skipped: a \(.*\): needs a thing: apt-get install thing/)
  assert.match(said, /ℹ skipped 1\n/)
})
