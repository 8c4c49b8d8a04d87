// A refusal that no code of the app's caught ended it with `The promise rejected with the reason "".`: a founder saw a crash and no cause.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { REFUSALS, refusal } from '../../src/policy/refusal.ts'
import { node } from '../node.ts'

test('a refusal that nobody catches is told with what was refused and why, also by Node’s own last words', () => {
  const policy = pathToFileURL(`${import.meta.dirname}/../../src/policy/index.ts`).href
  const app = `import { guard } from '${policy}'
    const db = guard({ name: 'db', retry: false })
    db.breaker.trip('its disk is full', { key: 'db' })
    db.run(async () => 1)`
  const { status, stderr } = spawnSync(node, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', app], {
    encoding: 'utf8',
  })
  assert.equal(status, 1)
  assert.match(stderr, /RejectedError: db failed too often lately: the call was not made/)
  assert.match(stderr, /SELFHEAL_BREAKER_OPEN/)
  const error = refusal(REFUSALS.open, 'db', 'tenant-7', 1_500)
  assert.match(error.stack!, /^RejectedError: db \(tenant-7\) failed/)
  assert.match(error.message, /come back in 1\.5 s/)
})

test('a refusal is printed as one line, with what it was caused by and what the app put on it', () => {
  const error = refusal(REFUSALS.open, 'db', 'db', 1_500)
  assert.equal(
    inspect(error),
    'RejectedError: db failed too often lately: the call was not made; come back in 1.5 s [SELFHEAL_BREAKER_OPEN]',
  )
  assert.ok(error instanceof Error && !Object.keys(error).includes('inspect'))
  const caused = Object.assign(refusal(REFUSALS.timeout, 'db', 'db', undefined, undefined, new Error('ECONNRESET')), { order: 7 })
  assert.match(
    inspect(caused),
    /^TimeoutError: .*\[SELFHEAL_TIMEOUT\]\n {2}\{ order: 7 \}\n {2}\[cause\]: Error: ECONNRESET\n {4}at/,
  )
})
