import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveStray, onStray } from './stray.ts'

test('a stray error goes to the first who knows its component; one who throws is passed over', () => {
  const heard: unknown[] = []
  const undo = [
    onStray(() => {
      throw new Error('of its own')
    }),
    onStray((error, owner) => {
      heard.push([error, owner])
      return owner === 'shop/mail'
    }),
  ]
  assert.equal(giveStray('e1', 'shop/mail'), true)
  assert.equal(giveStray('e2', 'shop/other'), false)
  assert.deepEqual(heard, [
    ['e1', 'shop/mail'],
    ['e2', 'shop/other'],
  ])
  for (const one of undo) one()
  assert.equal(giveStray('e3', 'shop/mail'), false)
})
