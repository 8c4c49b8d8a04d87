import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RejectedError } from '../core/index.ts'
import type { Call, How, Policy } from '../policy/index.ts'
import { manualClock } from '../testing/index.ts'
import { atOnce, mayWait, type Outlook, waitingReads } from './waiting-reads.ts'

const DOWN: Outlook = { down: true, backInMs: 2_000, share: 0 }
const UP: Outlook = { down: false, backInMs: undefined, share: 1 }
const table: readonly (readonly [says: string, outlook: Outlook, leftMs: number, waiting: number, may: boolean])[] = [
  ['time enough', DOWN, 2_001, 0, true],
  ['a deadline nearer than its return', DOWN, 2_000, 0, false],
  ['as many wait as may', DOWN, 9_000, 3, false],
  ['an operator holds it off', { ...DOWN, backInMs: undefined }, 9_000, 0, false],
  ['a probe is under way', { ...DOWN, backInMs: -300 }, 100, 0, true],
  ['it is back, its ramp refuses', UP, 100, 0, true],
  ['it is back, and no time is left', UP, 10, 0, false],
]
for (const [says, outlook, leftMs, waiting, may] of table)
  test(`may a safe read wait: ${says}`, () => assert.equal(mayWait(outlook, leftMs, waiting, 3), may))
test('a tick lets go by the share, and always somebody', () =>
  assert.deepEqual(
    [0, 0.1, 0.5, 1].map(share => atOnce(share, 10)),
    [1, 1, 5, 10],
  ))

const READ: How = { idempotent: true }
function world(most = 10) {
  const clock = manualClock()
  let now = DOWN
  let told = () => {}
  const ran: unknown[] = []
  const refusal = () =>
    new RejectedError('down', {
      code: 'SELFHEAL_BREAKER_OPEN',
      policy: 'breaker',
      key: 'db',
      ran: 'no',
      retryAfterMs: 2_000,
      hint: 'wait',
    })
  const run: Policy['run'] = async (work, how) => {
    if (how?.signal?.aborted) throw new Error('given up')
    if (now.down) throw refusal()
    return work({} as Call)
  }
  const reads = waitingReads({
    name: 'db',
    run,
    outlook: () => now,
    watch: fn => {
      told = fn
      return () => {}
    },
    most,
    size: 10,
    deadlineMs: 10_000,
    clock,
    random: () => 0.5,
  })
  const ask = (n: number, how: How = READ) => {
    const asked = reads
      .run(() => void ran.push(n), how)
      .then(
        () => 'ok',
        (error: { code?: string; retryAfterMs?: number; message: string }) => [error.code ?? error.message, error.retryAfterMs],
      )
    return asked
  }
  const becomes = (next: Outlook) => {
    now = next
    told()
  }
  return { clock, reads, ran, ask, becomes }
}

test('safe reads wait and are answered in their order, few at a time; writes, and what is too many or too late, are refused at once', async () => {
  const { clock, reads, ran, ask, becomes } = world(3)
  const waiting = [1, 2, 3].map(n => ask(n))
  await clock.advance(0)
  assert.deepEqual(await ask(4), ['SELFHEAL_BREAKER_OPEN', 2_000], 'a fourth')
  assert.deepEqual(await ask(5, {}), ['SELFHEAL_BREAKER_OPEN', 2_000], 'a write')
  assert.equal(reads.waiting(), 3)
  await clock.advance(1_000)
  assert.deepEqual(ran, [])
  becomes({ ...UP, share: 0.1 })
  await clock.advance(50)
  assert.deepEqual(ran, [1])
  await clock.advance(50)
  assert.deepEqual(ran, [1, 2])
  await clock.advance(50)
  assert.deepEqual(await Promise.all(waiting), ['ok', 'ok', 'ok'])
  assert.deepEqual(ran, [1, 2, 3])
  assert.equal(reads.waiting(), 0)
})

test('one whose deadline is nearer is told at once; one whose return moves away is told then; a caller may give up', async () => {
  const { clock, reads, ask, becomes } = world()
  assert.deepEqual(await ask(1, { ...READ, deadline: '1s' }), ['SELFHEAL_BREAKER_OPEN', 2_000])
  const late = ask(2, { ...READ, deadline: '3s' })
  const caller = new AbortController()
  const given = ask(3, { ...READ, signal: caller.signal })
  await clock.advance(100)
  caller.abort()
  assert.deepEqual(await given, ['given up', undefined])
  becomes({ ...DOWN, backInMs: 5_000 })
  await clock.advance(100)
  assert.deepEqual(await late, ['SELFHEAL_DEPENDENCY_DOWN', 5_000])
  assert.equal(reads.waiting(), 0)
})
