import assert from 'node:assert/strict'
import { test } from 'node:test'
import { difference } from './difference.ts'
import { surfaceOf } from './surface.ts'

const surface = (files: Record<string, string>) => surfaceOf('index.d.ts', path => files[path])

test('exported names come sorted, without comments, and what is not exported stays out', () => {
  const index = [
    '/** Says b. */',
    'export declare const b: (a: { x: number; }) => Promise<`${string};`>;',
    'interface Hidden {',
    '    a: 1;',
    '}',
    'export interface A {',
    '    /** Inner. */',
    '    readonly a: string;',
    '}',
    'export type C = {',
    "    kind: 'x;y';",
    '} | {',
    "    kind: 'z';",
    '};',
    'export declare class D extends Error {',
    '    constructor(message: string);',
    '}',
    'export declare function e(a: string): void;',
    'export declare function e(a: number): void;',
    '',
  ].join('\n')
  const text = surface({ 'index.d.ts': index })
  assert.deepEqual(
    text.split('\n\n').map(block => /(?:interface|const|type|class|function) (\w+)/.exec(block)?.[1]),
    ['A', 'C', 'D', 'b', 'e'],
  )
  assert.doesNotMatch(text, /Hidden|Says|Inner/)
  assert.match(text, /kind: 'x;y';\n\} \| \{/)
  assert.match(text, /e\(a: number\): void;\nexport declare function e\(a: string\)/)
})

test('re-exports are followed to their declarations, also under another name, in a circle, and out of the package', () => {
  const text = surface({
    'index.d.ts':
      "export * from './core/index.ts';\nexport { hidden as shown, type T } from './b.ts';\nexport * as all from './b.ts';\nexport { pg } from 'pg';\n",
    'core/index.d.ts': "export * from './a.ts';\nexport * from '../index.ts';\n",
    'core/a.d.ts': 'export declare const a = 1;\n',
    'b.d.ts': 'declare const hidden: number;\nexport interface T {\n    a: 1;\n}\nexport { hidden };\n',
  })
  assert.match(text, /export declare const a = 1;/)
  assert.match(text, /declare const hidden: number;\n {2}\/\/ exported as shown/)
  assert.match(text, /export interface T/)
  assert.match(text, /export \* as all from '\.\/b\.ts'/)
  assert.match(text, /export \{ pg \} from 'pg'/)
})

test('a surface whose build is not there is an error', () => {
  assert.throws(() => surface({ 'index.d.ts': "export * from './gone.ts';" }), /no gone\.d\.ts/)
})

test('a difference tells what went and what came', () => {
  assert.equal(difference('a\nb\nc\n', 'a\nx\nc\n'), '  a\n- b\n+ x')
  assert.equal(difference('', 'a\n'), '+ a')
  assert.equal(difference('a\n', 'a\n'), '')
})
