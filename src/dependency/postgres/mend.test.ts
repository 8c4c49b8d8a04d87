import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { inStep } from './mend.ts'
import { levelsOf } from './options.ts'

test('the usual levels are in step, and stay', () => {
  const usual = levelsOf({}, {})
  assert.deepEqual(inStep(usual, { attemptMs: 5_500, deadlineMs: 10_000 }), usual)
})

test('a short deadline pulls statement, lock and connect below it', () => {
  const { statementMs, lockMs, connectMs } = inStep(levelsOf({}, {}), { attemptMs: 1_100, deadlineMs: 1_100 })
  assert.deepEqual({ statementMs, lockMs, connectMs }, { statementMs: 1_000, lockMs: 400, connectMs: 330 })
})

test('whatever they were, afterwards each is inside the next', () => {
  const ms = fc.integer({ min: 1, max: 100_000 })
  fc.assert(
    fc.property(
      ms,
      ms,
      ms,
      ms,
      fc.integer({ min: 10, max: 100_000 }),
      fc.integer({ min: 0, max: 100_000 }),
      (statement, lock, connect, idle, attemptMs, more) => {
        const found = inStep(levelsOf({ statement, lock, connect, idleInTransaction: idle }, {}), {
          attemptMs,
          deadlineMs: attemptMs + more,
        })
        assert.ok(found.lockMs < found.statementMs || found.statementMs === 1)
        assert.ok(
          found.statementMs < attemptMs && found.connectMs < attemptMs + more && found.idleInTransactionMs > found.statementMs,
        )
      },
    ),
  )
})
