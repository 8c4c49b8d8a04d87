import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anchorsOf, blocksOf, linksOf, scriptsOf } from './page.ts'

const page = [
  '# Run it: `selfheal run`', // 1
  '',
  '```ts',
  "import { durationMs } from 'selfheal/core'", // 4
  '',
  'console.log(1)',
  '```',
  '- a list with code:',
  '  ```typescript no-run',
  '  const a = {', // 10
  '    b: 1,',
  '  }',
  '  ```',
  '````md',
  '```ts',
  'not code of ours',
  '```',
  '````',
  '```sh',
  'npm run bench:programs && npm start # [no link](nowhere.md)', // 20
  '```',
  'See [the page](docs/run.md#the-port), [above](#run-it-selfheal-run), [out](https://example.org) and `[code](no.md)`.',
  '<img src="docs/tree.svg" alt=""> then `npm test`, or npm runs it.',
  '## Run it: selfheal run',
].join('\n')

test('TypeScript blocks are found with their line and marks, without the indent of a list, and not inside another block', () => {
  assert.deepEqual(blocksOf(page), [
    { line: 4, marks: '', code: "import { durationMs } from 'selfheal/core'\n\nconsole.log(1)" },
    { line: 10, marks: 'no-run', code: 'const a = {\n  b: 1,\n}' },
  ])
})

test('relative links are found, others and those in code are not', () => {
  assert.deepEqual(linksOf(page), [
    { line: 22, what: 'docs/run.md#the-port' },
    { line: 22, what: '#run-it-selfheal-run' },
    { line: 23, what: 'docs/tree.svg' },
  ])
})

test('headings make the anchors that GitHub makes', () => {
  assert.deepEqual([...anchorsOf(page)], ['run-it-selfheal-run', 'run-it-selfheal-run-1'])
})

test('npm scripts are found, in code blocks and in text', () => {
  assert.deepEqual(scriptsOf(page), [
    { line: 20, what: 'bench:programs' },
    { line: 20, what: 'start' },
    { line: 23, what: 'test' },
  ])
})
