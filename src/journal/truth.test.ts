// What `selfheal why` says must be so: of ports, of the time nobody was served, of runs that are over, of calls that were refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entry, killed, started } from '../../test/journal-entry.ts'
import type { Entry } from './entry.ts'
import { explain } from './explain.ts'
import { incidentsOf } from './incidents.ts'

test('of a held port only is said that callers waited at it; a crash loop without one is told how to hold it', () => {
  const loop = (id: string, source: string) => [
    entry(`${id}.3`, 1, 'warn', 'program.uncaught', source, { generation: 1, error: { message: 'no' }, drains: false }),
    entry(`${id}.4`, 1.1, 'warn', 'program.exited', source, { generation: 1, what: 'uncaught' }, `${id}.3`),
    entry(`${id}.5`, 1.2, 'alarm', 'supervisor.crash_looping', source, { id: 'app', generation: 2 }, `${id}.4`),
  ]
  const start = (id: string) => entry(`${id}.1`, 0, 'info', 'system.started', 'shop', { programs: ['app'] })
  const held = (id: string) => entry(`${id}.2`, 0, 'info', 'program.port_held', 'shop/app', { port: '[::]:3000', by: 'name' })
  const told = (...entries: readonly Entry[]) => explain(incidentsOf(entries)[0]!, entries.at(-1)!.wall + 9_000)
  const none = told(start('u'), ...loop('u', 'shop/app'))
  assert.deepEqual(none.noticed, ['app was away since 9.2 s, still', 'app crashed again and again since 9 s, still'])
  assert.match(none.toDo!, /No port is held yet: name it with --port/)
  const one = told(held('v'), start('v'), ...loop('v', 'shop/app'))
  assert.match(one.noticed[0]!, /; callers waited at its held port$/)
  assert.doesNotMatch(one.toDo!, /--port/)
  const standby = entry('v.6', 1.3, 'info', 'supervisor.child_started', 'shop/app/meanwhile', { meanwhile: true }, 'v.5')
  assert.match(told(held('v'), start('v'), ...loop('v', 'shop/app'), standby).noticed[0]!, /until its standby answered .* 503$/)
  const unknown = told(...loop('w', 'shop/app'))
  assert.doesNotMatch([...unknown.noticed, unknown.toDo].join(' '), /port/, 'the start of the run is not known')
})

test('away is from when no life serves until the next is ready: not while the old one drains, and from when a hang began', () => {
  const exit = { generation: 1, what: 'uncaught', asked: true }
  const drained = incidentsOf([
    ...started,
    entry('s.60', 10, 'warn', 'program.uncaught', 'shop/app', { generation: 1, drains: true, answered: '500' }, 's.2'),
    entry('s.61', 12, 'info', 'program.ready', 'shop/app', { generation: 2 }, 's.60'),
    entry('s.62', 31, 'info', 'program.exited', 'shop/app', { ...exit, drained: true }, 's.60'),
    entry('s.63', 31, 'warn', 'supervisor.child_exited', 'shop/app', exit, 's.62'),
  ])
  assert.equal(drained.length, 1)
  assert.equal(drained[0]!.state, 'healed')
  assert.deepEqual(explain(drained[0]!, 0).noticed, ['app was away for 2 s'])
  const [renewed] = incidentsOf([
    ...started,
    entry('s.70', 10, 'warn', 'program.memory_over', 'shop/app', { generation: 1, bytes: 9, limit: 5 }, 's.2'),
    entry('s.71', 14, 'info', 'program.ready', 'shop/app', { generation: 2 }, 's.70'),
    entry('s.72', 20, 'warn', 'program.exited', 'shop/app', { generation: 1, signal: 'SIGKILL' }, 's.70'),
  ])
  assert.equal(renewed!.state, 'healed')
  assert.deepEqual(explain(renewed!, 0).noticed, ['app was replaced without a gap: nobody waited'])
  const [hung] = incidentsOf([
    ...started,
    entry('s.80', 20, 'warn', 'program.hung', 'shop/app', { generation: 1, forMs: 5_200, stack: null }, 's.2'),
    entry('s.81', 22.6, 'info', 'program.ready', 'shop/app', { generation: 2 }, 's.80'),
  ])
  assert.deepEqual(explain(hung!, 0).noticed, ['app was away for 7.8 s'])
  assert.match(explain(hung!, 0).says, /for 7\.8 s, and healed/)
  assert.equal(explain(hung!, 0).steps[0]!.afterMs, 5_200)
})

test('what a life goes on after is no trouble that would wait for ever for the next life', () => {
  const stays = { generation: 1, drains: true, answered: '500', route: 'GET /x', stays: true }
  const [only] = incidentsOf([...started, entry('s.90', 10, 'warn', 'program.uncaught', 'shop/app', stays, 's.2')])
  assert.equal(only!.state, 'noted')
  assert.match(explain(only!, 0).toDo!, /each such request gets a 500/)
})

test('what is open when a run of selfheal ends, ends with it; it is neither healed nor merged with what comes in the next', () => {
  const down = (id: string, at: number) => entry(id, at, 'warn', 'dependency.down', 'shop/app/redis', { why: 'ECONNREFUSED' })
  const run = (id: string, at: number) => entry(id, at, 'info', 'system.started', 'shop', { programs: ['app'] })
  const stop = entry('s.3', 60, 'info', 'system.stopped', 'shop', {})
  const [first, ...none] = incidentsOf([run('s.1', 0), down('a.1', 10), stop, run('u.1', 62)])
  assert.deepEqual(none, [])
  assert.equal(first!.state, 'stopped')
  const { says, noticed } = explain(first!, 0)
  assert.match(says, /redis had trouble for 50 s, until that run of selfheal ended: it was not healed by then/)
  assert.deepEqual(noticed, ['redis was down for 50 s, until that run of selfheal ended'])
  const again = incidentsOf([run('s.1', 0), down('a.1', 10), stop, run('u.1', 12), down('b.1', 15)])
  assert.deepEqual(
    again.map(one => [one.id, one.state]),
    [
      ['a.1', 'stopped'],
      ['b.1', 'open'],
    ],
  )
  // It was killed, and came back a day later: it lasted as long as is known.
  const [killedRun] = incidentsOf([
    run('s.1', 0),
    down('a.1', 10),
    entry('s.4', 30, 'debug', 'system.sampled', 'shop'),
    run('u.1', 86_400),
  ])
  assert.equal(killedRun!.ended! - killedRun!.began, 20_000)
  const money = { key: 'order-7', operation: 'pay', provider: 'one' }
  const kept = incidentsOf([
    run('s.1', 0),
    entry('a.5', 10, 'warn', 'failover.parked', 'shop/app/pay', money),
    stop,
    run('u.1', 62),
  ])
  assert.equal(kept[0]!.state, 'open', 'an undecided call is kept on disk, and goes on')
  const other = incidentsOf([run('s.1', 0), down('a.1', 10), { ...stop, source: 'mail' }])
  assert.equal(other[0]!.state, 'open')
})

test('what only an ended process knew of ends with it; what its next life tells stays', () => {
  const pid = 54_321
  const boot = (n: number) => `mx0${n.toString(36)}`
  const down = (n: number, at: number) =>
    entry(`${boot(n)}.1`, at, 'warn', 'dependency.down', 'shop/app/redis', { why: 'ECONNREFUSED' })
  const gone = entry('s.95', 20, 'warn', 'program.exited', 'shop/app', { ...killed, pid }, 's.2')
  const back = entry('s.96', 21, 'info', 'program.ready', 'shop/app', { generation: 2 }, 's.95')
  const all = incidentsOf([...started, down(pid, 10), gone, back])
  assert.deepEqual(
    all.map(one => one.state),
    ['stopped', 'healed'],
  )
  assert.match(explain(all[0]!, 0).says, /for 10 s, until the process that saw it ended: it was not healed by then/)
  assert.ok(incidentsOf([...started, down(pid + 1, 10), gone, back]).some(one => one.state === 'open'))
})

test('what a breaker refused is told, or said not to be counted; never understated', () => {
  const opened = entry('a.1', 1, 'warn', 'breaker.opened', 'shop/app/mail', { key: 'mail', failed: 5 })
  const requests = (...more: Entry[]) => explain(incidentsOf([opened, ...more])[0]!, 0).requests
  const closed = (data: object) => entry('a.2', 9, 'info', 'breaker.closed', 'shop/app/mail', { key: 'mail', ...data }, 'a.1')
  assert.deepEqual(requests(closed({ refused: 175 })), [
    '5 calls failed before it opened',
    '175 calls were refused at once while it was open',
  ])
  for (const told of [requests(), requests(closed({}))])
    assert.deepEqual(told, ['5 calls failed before it opened; those made since were refused at once'])
})

test('what nobody can decide is named as what it is, with the command that settles it', () => {
  const data = { key: 'otp 7', operation: 'send', provider: 'twilio', why: 'no answer' }
  const unresolved = entry('a.1', 1, 'alarm', 'failover.unresolved', 'shop/app/sms', data)
  const { toDo } = explain(incidentsOf([unresolved])[0]!, 0)
  assert.doesNotMatch(toDo!, /payment/)
  assert.match(toDo!, /look it up at twilio.*selfheal failover resolve 'otp 7' --failover sms --as ok \(or not_done\)/)
  const decided = entry('a.2', 9, 'info', 'failover.decided', 'shop/app/sms', { ...data, as: 'ok' }, 'a.1')
  assert.doesNotMatch(explain(incidentsOf([unresolved, decided])[0]!, 0).toDo ?? '', /resolve/)
})

test('that nothing was there to be ended, or to be set up again, is not told as a deed', () => {
  const [only] = incidentsOf([
    entry('a.1', 1, 'warn', 'dependency.down', 'shop/app/db', { why: 'ECONNREFUSED' }),
    entry('a.2', 1, 'info', 'dependency.dropped', 'shop/app/db', { connections: 0, tookMs: 1 }, 'a.1'),
    entry('a.3', 5, 'info', 'dependency.back', 'shop/app/db', { afterMs: 4_000 }, 'a.1'),
    entry('a.4', 5, 'info', 'dependency.resumed', 'shop/app/db', { tookMs: 1 }, 'a.1'),
  ])
  const { done, steps } = explain(only!, 0)
  assert.deepEqual(done, ['db is well again after 4 s'])
  assert.doesNotMatch(steps.map(one => one.says).join('\n'), /0 connections|listens again/)
})
