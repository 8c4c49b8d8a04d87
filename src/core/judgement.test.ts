import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Judgement, type Outcome, outcomeOf } from './judgement.ts'

const table: readonly [Judgement['ran'], Judgement['blame'], Outcome][] = [
  ['yes', 'none', 'ok'],
  ['yes', 'them', 'ok'],
  ['yes', 'caller', 'ok'],
  ['yes', 'us', 'ok'],
  ['maybe', 'none', 'unknown'],
  ['maybe', 'them', 'unknown'],
  ['maybe', 'caller', 'unknown'],
  ['maybe', 'us', 'unknown'],
  ['no', 'none', 'not_sent'],
  ['no', 'them', 'not_sent'],
  ['no', 'caller', 'declined'],
  ['no', 'us', 'not_sent'],
]

for (const [ran, blame, outcome] of table) {
  test(`a call that ran: ${ran}, blame: ${blame}, came to ${outcome}`, () => assert.equal(outcomeOf({ ran, blame }), outcome))
}

test('what may have run is never told as failed, declined or done', () => {
  for (const [ran, blame] of table) if (ran === 'maybe') assert.equal(outcomeOf({ ran, blame }), 'unknown')
})
