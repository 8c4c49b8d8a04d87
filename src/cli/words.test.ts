// What the commands say to people of what parts told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownIntent } from './failover-text.ts'
import { whyNot } from './override.ts'
import { stateIn } from './place.ts'

test('a try that gave no answer is not called ok, though its key is known to be done', () => {
  const attempt = { provider: 'stripe', key: 'k', state: 'ok', at: 1, endedAt: 2 }
  const said = shownIntent({
    ...{ key: 'order-7', operation: 'pay', state: 'ok', owner: 'stripe', madeAt: 0, twice: [] },
    attempts: [{ ...attempt, says: 'stripe did not answer within 2 s' }, { ...attempt, hearsay: true }, attempt],
  } as never).split('\n')
  assert.match(said[1]!, /stripe {2}no answer \(its key is done.*did not answer within 2 s/)
  assert.match(said[2]!, /stripe {2}no answer/)
  assert.match(said[3]!, /stripe {2}ok {2}key k$/)
})

test('only an end that somebody set is a promise', () => {
  const backAt = Date.now() + 60_000
  assert.match(whyNot([{ says: 'db does not answer' }], backAt), /; back in .* at the earliest$/)
  assert.doesNotMatch(whyNot([{ says: 'a migration', by: 'ann', until: backAt }], backAt), /earliest/)
  assert.equal(whyNot([{ says: 'db does not answer' }], undefined), 'db does not answer')
})

test('where a broken configuration keeps its state is read of its text', () => {
  assert.equal(stateIn("export default {\n  state: '/var/lib/x', programs; {} }"), '/var/lib/x')
  assert.equal(stateIn("config({ state: './s' })"), './s')
  assert.equal(stateIn("// state: 'old'\nexport default { programs: {} }"), undefined)
})
