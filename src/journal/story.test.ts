import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { story } from './story.ts'

const web = { id: 'web', generation: 3 }
const budget = { restarts: 2, intensity: 5, periodMs: 60_000 }

test('what happened is told in one plain line', () => {
  for (const [name, data, expected] of [
    ['supervisor.child_started', { id: 'web', generation: 1, kind: 'program', startMs: 340 }, 'web.1 started after 340 ms'],
    ['supervisor.child_started', { ...web, kind: 'program', startMs: 340 }, 'web.3 is back after 340 ms'],
    [
      'supervisor.child_exited',
      { ...web, reason: 'error', what: 'signal', signal: 'SIGKILL', uptimeMs: 120_000, asked: false },
      'web.3 was killed by SIGKILL after 2 min',
    ],
    [
      'supervisor.child_exited',
      { ...web, reason: 'error', what: 'code', code: 1, uptimeMs: 1_200 },
      'web.3 exited with code 1 after 1.2 s',
    ],
    [
      'supervisor.child_exited',
      { ...web, reason: 'shutdown', uptimeMs: 60_000, asked: true },
      'web.3 stopped, as it was asked to; it had run for 1 min',
    ],
    [
      'supervisor.child_exited',
      { ...web, reason: 'error', what: 'oom', signal: 'SIGABRT', uptimeMs: 5_000 },
      'web.3 ran out of memory (SIGABRT) after 5 s',
    ],
    [
      'supervisor.child_restarting',
      { ...web, ...budget, attempt: 2, waitMs: 100 },
      'web.3 restarts in 100 ms (2nd time in 1 min)',
    ],
    [
      'supervisor.child_restarting',
      { ...web, ...budget, restarts: 1, attempt: 1, waitMs: 0 },
      'web.3 restarts at once (1st time in 1 min)',
    ],
    [
      'supervisor.child_start_failed',
      { ...web, startMs: 5, error: { name: 'Error', message: 'no DATABASE_URL' } },
      'web.3 did not start: Error: no DATABASE_URL',
    ],
    [
      'supervisor.crash_looping',
      { ...web, ...budget, restarts: 6, attempt: 6, retryMs: 60_000 },
      'web.3 crashes again and again (6th time in 1 min); tried every 1 min from here, until it is well',
    ],
    ['supervisor.recovered', { ...web, afterMs: 60_000, attempts: 12 }, 'web.3 is well again, at try 12 (ready for 1 min)'],
    ['supervisor.child_unstopped', { ...web, forMs: 8_000, during: 'stop' }, 'web.3 has not ended 8 s after it was asked to'],
    ['supervisor.child_waits', { ...web, for: 'db' }, 'web.3 waits with its restart until db is back'],
    [
      'supervisor.dependents_restarting',
      { ...web, dependents: ['mailer', 'digest'] },
      'web.3 has a new life: mailer, digest follow',
    ],
    [
      'supervisor.health_missed',
      { ...web, misses: 2, limit: 2, error: { name: 'Error', message: 'no answer' } },
      'web.3 is not well: Error: no answer (check 2 of 2 in a row)',
    ],
    [
      'supervisor.heartbeat_missed',
      { ...web, forMs: 5_000, limitMs: 5_000 },
      'web.3 gave no sign of life for 5 s; it is ended and replaced',
    ],
    [
      'supervisor.stray_error',
      { ...web, origin: 'uncaughtException', error: { name: 'TypeError', message: 'x is not a function' } },
      'web.3 threw TypeError: x is not a function, which nobody caught; it alone is ended and replaced',
    ],
    [
      'program.exited',
      { generation: 3, pid: 7, reason: 'error', what: 'signal', signal: 'SIGSEGV', aliveMs: 900, tail: '' },
      'web.3 was killed by SIGSEGV after 900 ms',
    ],
    [
      'program.exited',
      { generation: 3, pid: 7, reason: 'killed', signal: 'SIGKILL', aliveMs: 19_000, unfinished: { refused: 0, broken: 1 } },
      'web.3 did not finish in time and was ended; it had run for 19 s; a request was not finished in time (1 was broken off): --drain and --grace give more time',
    ],
    [
      'system.renewing',
      { generation: 3, kind: 'uptime' },
      'web.3 is being replaced as it has run for as long as it may (--max-uptime); it serves until the next life is ready',
    ],
    [
      'program.ready',
      { generation: 3, pid: 7, bootMs: 5_000, by: 'settled' },
      'web.3 is up after 5 s and listens on no port (pid 7)',
    ],
    [
      'program.uncaught',
      { generation: 3, pid: 7, error: { name: 'TypeError', message: 'x is undefined' } },
      'web.3 threw TypeError: x is undefined, which nobody caught',
    ],
    [
      'program.hung',
      { generation: 3, pid: 7, forMs: 5_000, stack: ['at node:internal/x', 'at spin (app.js:7:3)'], stopped: false },
      'web.3 was stuck for 5 s in spin (app.js:7:3); it is ended and replaced',
    ],
    ['program.port_held', { port: '[::]:3000', by: 'name' }, 'Port [::]:3000 is held'],
    [
      'control.acted',
      { path: 'shop/web', verb: 'restart', by: 'ann', why: 'new key' },
      'ann asked shop/web to restart (new key)',
    ],
    ['selfheal.dropped', { count: 7 }, '7 events were lost: there were too many at once'],
  ] as const)
    assert.equal(story({ name, source: 'shop/web', data }), expected)
})

test('what policies tell', () => {
  const of = (name: string, data: object) => story({ name, source: 'api', data })
  assert.equal(
    of('breaker.opened', { key: 'api', why: '8 of 10 calls failed', openMs: 5_000 }),
    'Calls to api are stopped: 8 of 10 calls failed; tried again in 5 s',
  )
  assert.equal(of('breaker.half_opened', { key: 'eu' }), 'api (eu) is tried again, by a few calls')
  assert.equal(
    of('breaker.closed', { key: 'api', why: '2 probes passed', rampMs: 10_000 }),
    'api is well: 2 probes passed; calls come back over 10 s',
  )
  assert.match(
    of('fault.on', { forMs: 60_000, by: 'ada', why: 'drill' }),
    /^A fault is injected into api for 1 min by ada: drill$/,
  )
})

test('an event it has no words for is told by its name and data', () => {
  const data = { key: 'db', openMs: 5_000, slow: null, deep: { a: 1 } }
  assert.equal(
    story({ name: 'lamp.half_lit', source: 'shop/db', data }),
    'shop/db: lamp half lit (key db, openMs 5 s, slow null)',
  )
  assert.equal(story({ name: 'toString', source: '', data: null }), 'toString: toString')
})

test('a line is one line, and no longer than can be read', () => {
  const line = story({
    name: 'program.uncaught',
    source: 'web',
    data: { error: { message: `a\nb\r\n\u001b[31m${'x'.repeat(9_000)}` } },
  })
  assert.ok(!/[\n\r\u001b]/.test(line) && line.length <= 401)
})

test('whatever was written, it is told', () => {
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom('supervisor.child_exited', 'supervisor.crash_looping', 'program.hung', 'program.uncaught', 'control.acted'),
  )
  const keys = fc.constantFrom(
    'id',
    'generation',
    'error',
    'stack',
    'restarts',
    'periodMs',
    'signal',
    'what',
    '__proto__',
    'waitMs',
  )
  const data = fc.oneof(fc.jsonValue(), fc.dictionary(keys, fc.jsonValue()))
  fc.assert(fc.property(names, fc.string(), data, (name, source, d) => typeof story({ name, source, data: d }) === 'string'))
})
