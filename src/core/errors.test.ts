import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, isConfigError, isRejected, RejectedError, SelfhealError } from './errors.ts'

const facts = { code: 'SELFHEAL_BREAKER_OPEN', policy: 'breaker', key: 'db', ran: 'no', hint: 'Wait for it.' } as const

test('a refusal tells its code, policy, key, whether it ran, and what to do', () => {
  const error = new RejectedError('db is resting', { ...facts, retryAfterMs: 500 })
  assert.ok(error instanceof Error)
  assert.equal(error.message, 'db is resting')
  assert.deepEqual({ ...error }, { ...facts, name: 'RejectedError', retryAfterMs: 500 })
  assert.match(error.stack!, /db is resting/)
})

test('a refusal keeps its cause, and has none when it was given none', () => {
  const cause = new Error('inner')
  assert.equal(new RejectedError('x', { ...facts, cause }).cause, cause)
  assert.equal('cause' in new RejectedError('x', facts), false)
  assert.equal('cause' in new RejectedError('x', { ...facts, cause: undefined }), false)
})

test('a refusal is known by its brand, also when another copy of the package made it', async () => {
  const copy = (await import(`${import.meta.resolve('./errors.ts')}?copy`)) as typeof import('./errors.ts')
  const theirs = new copy.RejectedError('x', facts)
  assert.equal(theirs instanceof RejectedError, false)
  assert.equal(isRejected(theirs), true)
  assert.equal(isConfigError(new copy.ConfigError('x', [])), true)
})

test('other errors, look-alikes and non-errors are no refusals', () => {
  for (const other of [
    new Error('x'),
    { ...facts },
    null,
    undefined,
    'x',
    7,
    Object.assign(new Error('x'), facts),
    new ConfigError('x', []),
  ])
    assert.equal(isRejected(other), false)
  for (const other of [new RejectedError('x', facts), new Error('x'), null, 'x']) assert.equal(isConfigError(other), false)
})

test('wrong options are all told at once, each with its place', () => {
  const one = new ConfigError('selfheal.config.mts', [{ at: 'programs.app.run', says: 'is missing' }])
  assert.equal(one.message, 'selfheal.config.mts: programs.app.run is missing')
  const faults = [
    { at: 'programs.app.run', says: 'is missing' },
    { at: 'state', says: 'must be a folder' },
  ]
  const two = new ConfigError('selfheal.config.mts', faults)
  assert.equal(two.message, 'selfheal.config.mts: 2 faults: programs.app.run is missing; state must be a folder')
  faults.pop()
  assert.equal(two.faults.length, 2, 'its list is its own')
  assert.throws(() => (two.faults as unknown[]).push(1), TypeError)
})

test('a refusal of the tools tells code, fault and mend', () => {
  const error = new SelfhealError('SELFHEAL_PORT_TAKEN', 'port 80 is taken', 'stop process 7', new Error('EADDRINUSE'))
  assert.deepEqual(
    [error.code, error.message, error.mend, (error.cause as Error).message],
    ['SELFHEAL_PORT_TAKEN', 'port 80 is taken', 'stop process 7', 'EADDRINUSE'],
  )
  assert.equal('cause' in new SelfhealError('A', 'b', 'c'), false)
})
