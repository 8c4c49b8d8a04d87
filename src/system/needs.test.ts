import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byNeeds } from './needs.ts'

test('programs start after what they need, else as they are written', () => {
  assert.deepEqual(byNeeds({ web: { needs: ['api'] }, worker: {}, api: { needs: ['database'] }, database: {} }), [
    'database',
    'api',
    'web',
    'worker',
  ])
})

test('a circle of needs, and a need that is no program, are named', () => {
  assert.throws(() => byNeeds({ a: { needs: ['b'] }, b: { needs: ['a'] } }), { code: 'SELFHEAL_CONFIG', message: /a → b → a/ })
  assert.throws(() => byNeeds({ a: { needs: ['nobody'] } }), { code: 'SELFHEAL_CONFIG', message: /'nobody'/ })
})
