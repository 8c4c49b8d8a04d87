import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sayOverride } from './override.ts'

test('who sets a mode is told how many have not taken it yet, and nothing when all have', () => {
  const set = { feature: 'app', mode: 'readonly', why: 'migration' }
  const says = 'The whole app is read-only until an operator ends it: migration'
  assert.equal(sayOverride({ ...set, programs: { taken: 2, of: 2 } }), says)
  assert.match(sayOverride({ ...set, programs: { taken: 1, of: 2 } }), /migration\n1 of 2 processes have taken it so far/)
  assert.match(sayOverride({ ...set, mode: 'on', programs: { taken: 0, of: 1 } }), /again\.\n0 of 1 processes/)
})
