import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPicture, PICTURES, picture } from './picture.ts'

test('every picture that can be chosen can be drawn, the same for the same seed', () => {
  assert.ok(PICTURES.length >= 12)
  for (const kind of PICTURES)
    for (let seed = -3; seed < 40; seed++) {
      const drawn = picture(kind, seed)
      assert.equal(drawn, picture(kind, seed))
      assert.doesNotMatch(drawn, /undefined|NaN/)
    }
})

test('a name that every object has is no picture', () => {
  for (const kind of ['toString', 'constructor', '__proto__', '']) assert.equal(isPicture(kind), false)
})
