import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from './facts.ts'
import { fixText, mendedOf } from './fix.ts'

const found = (more: Partial<Finding>): Finding => ({
  rule: 'order',
  where: 'shop/db',
  says: 'statement (5 s) is not below attempt (4 s)',
  mend: 'Lower it',
  weight: 'broken',
  ...more,
})

test('mended is what was tried and is gone; the same with other figures is not', () => {
  const other = found({ rule: 'connections', says: 'pools of 30' })
  assert.deepEqual(mendedOf([found({ patch: 'a line' }), other], [other]), ['shop/db, until its process ends; for good: a line'])
  assert.deepEqual(mendedOf([found({})], [found({ says: 'statement (900 ms) is not below attempt (800 ms)' })]), [])
})

test('lines to paste have a plus, each of them; what only a person can decide is said in words', () => {
  const text = fixText([found({ patch: 'one;\ntwo;' }), found({ where: 'shop/mail', mend: 'Ask a second one' })], ['it'])
  assert.equal(
    text,
    'Mended: it\nFor you to change (+: a line to paste):\n  shop/db [order]\n+   one;\n+   two;\n  shop/mail [order]\n    Ask a second one',
  )
  assert.equal(fixText([], []), 'Nothing to mend.')
})
