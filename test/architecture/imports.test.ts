import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf, withoutComments } from './imports.ts'

const specifiers = (source: string) => importsOf(source).map(found => found.specifier)

test('every way to import is seen', () => {
  const forms: readonly [string, string][] = [
    ["import { a } from './a.ts'", './a.ts'],
    ["import a, { b } from './a.ts'", './a.ts'],
    ["import * as a from './a.ts'", './a.ts'],
    ["import type { A } from './a.ts'", './a.ts'],
    ["import {\n  a,\n  type B,\n} from './a.ts'", './a.ts'],
    ["import './a.ts'", './a.ts'],
    ["export * from './a.ts'", './a.ts'],
    ["export { a } from './a.ts'", './a.ts'],
    ["export type { A } from './a.ts'", './a.ts'],
    ["const a = await import('./a.ts')", './a.ts'],
    ["let a: import('./a.ts').A", './a.ts'],
    ["const a = require('./a.ts')", './a.ts'],
    ["new Worker(new URL('./a.ts', import.meta.url))", './a.ts'],
    ["new Worker(\n  new URL(\n    './a.ts',\n    import.meta.url,\n  ),\n)", './a.ts'],
    ["const x = 1; import { a } from './a.ts'", './a.ts'],
    ["import a from 'pg'", 'pg'],
    ["const s = `${await import('./a.ts')}`", './a.ts'],
    ["const r = /['\"`]/; const a = import('./a.ts')", './a.ts'],
    ["const s = `a ${b ? `c ${d}` : '}'} e`\nimport './a.ts'", './a.ts'],
  ]
  for (const [source, specifier] of forms) assert.deepEqual(specifiers(source), [specifier], source)
})

test('both files of a choice are seen', () => {
  assert.deepEqual(specifiers("new URL(import.meta.url.endsWith('.ts') ? './a.ts' : './a.js', import.meta.url)"), [
    './a.ts',
    './a.js',
  ])
})

test('what only looks like an import is not taken for one', () => {
  const others = [
    "// import { a } from './a.ts'",
    "/* import { a } from './a.ts' */",
    "/**\n * import { a } from './a.ts'\n */",
    "const template = `\nimport { config } from 'selfheal'\n`",
    'const s = "import { a } from \'./a.ts\'"',
    "export const from = './a.ts'",
    "declare module '../core/events.ts' {}",
    "const u = new URL('./a.ts', base)",
    "const r = /import '.*'/",
  ]
  for (const source of others) assert.deepEqual(specifiers(source), [], source)
})

test('the line and the names of an import are told', () => {
  assert.deepEqual(importsOf("// x\n\nimport { threadId, type Worker as W } from 'node:worker_threads'\n"), [
    { specifier: 'node:worker_threads', line: 3, names: ['threadId', 'Worker'] },
  ])
})

test('blanking keeps every line where it was', () => {
  const source = "const a = '/* no */' // yes\nconst b = `x\n${a}\ny` /* z\n*/ + a / 2 / 3\n"
  const code = withoutComments(source)
  assert.equal(code.split('\n').length, source.split('\n').length)
  assert.match(code, /'\/\* no \*\/'/)
  assert.match(code, /\+ a \/ 2 \/ 3/)
  assert.doesNotMatch(code, /yes|z|y/)
})
