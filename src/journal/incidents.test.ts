import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entry, killed, started } from '../../test/journal-entry.ts'
import type { Entry } from './entry.ts'
import { explain } from './explain.ts'
import { incidentsOf } from './incidents.ts'

const crash = (n: number, at: number, of: string): Entry[] => [
  entry(`s.${n}0`, at, 'warn', 'program.exited', 'shop/app', { ...killed, generation: n }, of),
  entry(`s.${n}1`, at, 'warn', 'supervisor.child_exited', 'shop/app', { ...killed, id: 'app', generation: n }, `s.${n}0`),
  entry(`s.${n}2`, at, 'info', 'supervisor.child_restarting', 'shop/app', { id: 'app', generation: n + 1, waitMs: 0 }, `s.${n}1`),
  entry(`s.${n}3`, at + 0.1, 'debug', 'program.started', 'shop/app', { generation: n + 1 }, `s.${n}2`),
  entry(`s.${n}4`, at + 0.5, 'info', 'program.ready', 'shop/app', { generation: n + 1, bootMs: 400 }, `s.${n}2`),
]

test('a crash is one incident, from its first sign to the next life being ready; the start of it all is no part of it', () => {
  const [only, ...rest] = incidentsOf([...started, ...crash(1, 100, 's.2')])
  assert.deepEqual(rest, [])
  assert.equal(only?.id, 's.10')
  assert.equal(only?.state, 'healed')
  assert.equal(only!.ended! - only!.began, 500)
  assert.equal(only?.entries.length, 5)
  assert.deepEqual(only?.sources, ['shop/app'])
})

test('crashes that follow each other are one incident; one that comes after a life was well for long is another', () => {
  const soon = incidentsOf([...started, ...crash(1, 100, 's.2'), ...crash(2, 110, 's.13')])
  assert.equal(soon.length, 1)
  assert.equal(soon[0]!.ended! - soon[0]!.began, 10_500)
  const late = incidentsOf([...started, ...crash(1, 100, 's.2'), ...crash(2, 400, 's.13')])
  assert.deepEqual(
    late.map(one => one.id),
    ['s.10', 's.20'],
  )
})

test('it goes over processes: what an app tells because of it, and what it tells at the same time, stand in it', () => {
  const [only, ...rest] = incidentsOf([
    ...started,
    entry('s.50', 200, 'warn', 'program.exited', 'shop/database', killed, 's.2'),
    entry('a.1', 200.4, 'warn', 'dependency.down', 'shop/app/db', { why: 'ECONNREFUSED' }),
    entry(
      'a.2',
      200.5,
      'warn',
      'feature.changed',
      'shop/app/features/sell',
      { feature: 'sell', to: 'readonly', causes: [] },
      'a.1',
    ),
    entry('s.51', 202, 'info', 'program.ready', 'shop/database', { generation: 2 }, 's.50'),
    entry('a.3', 203, 'info', 'dependency.back', 'shop/app/db', {}, 'a.1'),
    entry('a.4', 204, 'info', 'feature.changed', 'shop/app/features/sell', { feature: 'sell', to: 'on' }),
  ])
  assert.deepEqual(rest, [])
  assert.equal(only?.id, 's.50')
  assert.equal(only?.state, 'healed')
  assert.equal(only!.ended! - only!.began, 4_000)
  assert.deepEqual(only?.beside, ['a.1'])
  const { says, noticed, toDo } = explain(only!, 0)
  assert.match(says, /^Trouble with database, db and sell for 4 s, and healed by itself\.$/)
  assert.match(noticed.join('\n'), /sell was read-only for 3\.5 s/)
  assert.equal(toDo, null)
})

test('what has not ended is open, and says for how long by now', () => {
  const [only] = incidentsOf([entry('a.1', 10, 'warn', 'breaker.opened', 'shop/app/mail', { failures: 8 })])
  assert.equal(only?.state, 'open')
  assert.equal(only?.ended, undefined)
  const { says, requests, toDo } = explain(only!, only!.began + 90_000)
  assert.match(says, /mail had trouble, and it lasts: 1 min 30 s by now/)
  assert.deepEqual(requests, ['8 calls failed before it opened; those made since were refused at once'])
  assert.match(toDo!, /selfheal why/)
})

test('a warning that nothing has to heal is noted; without any there is no incident', () => {
  const [only] = incidentsOf([
    entry('a.1', 10, 'warn', 'program.listens_elsewhere', 'shop/app', { port: '3001', held: ['3000'] }),
  ])
  assert.equal(only?.state, 'noted')
  assert.deepEqual(incidentsOf(started), [])
})

test('an end whose beginning is older than what is known makes no incident, and a circle of causes is no trap', () => {
  assert.deepEqual(incidentsOf([entry('a.9', 1, 'info', 'breaker.closed', 'shop/app/mail', {}, 'a.1')]), [])
  const circle = incidentsOf([
    entry('a.1', 1, 'warn', 'breaker.opened', 'shop/app/mail', {}, 'a.2'),
    entry('a.2', 2, 'warn', 'breaker.closed', 'shop/app/mail', {}, 'a.1'),
  ])
  assert.equal(circle.length, 1)
})

test('what is left to do is said once, for whoever reads it at night', () => {
  const told = (name: string, data: object) =>
    explain(incidentsOf([entry('a.1', 1, 'warn', name, 'shop/app', data), ...crash(3, 1, 'a.1').slice(2)])[0]!, 0)
  assert.match(told('program.exited', { ...killed, what: 'oom' }).toDo!, /keeps memory/)
  assert.match(told('program.hung', { generation: 1, forMs: 5_000, stack: ['at spin (app.js:9:3)'] }).toDo!, /mend the line/)
  assert.match(
    told('program.uncaught', { generation: 1, error: { message: 'no' }, answered: '500', route: 'GET /x' }).requests[0]!,
    /one got a 500 \(GET \/x\)/,
  )
  assert.equal(told('program.exited', killed).toDo, null)
})

test('ten thousand entries are put together in no time', () => {
  const many = Array.from({ length: 2_000 }, (_, i) => crash(i + 100, i * 100, i === 0 ? 's.2' : `s.${i + 99}3`)).flat()
  const before = process.cpuUsage()
  assert.equal(incidentsOf(many).length, 2_000)
  assert.ok(process.cpuUsage(before).user < 2_000_000)
})

const deploy = (n: number, at: number, of: string): Entry[] => [
  entry(`s.${n}0`, at, 'info', 'system.reloading', 'shop', { programs: ['app'], lives: 1 }),
  entry(`s.${n}1`, at, 'debug', 'program.started', 'shop/app', { generation: n }),
  entry(`s.${n}2`, at, 'warn', 'program.uncaught', 'shop/app', { generation: n, error: { message: of } }, `s.${n}1`),
  entry(`s.${n}3`, at, 'warn', 'program.exited', 'shop/app', { generation: n, what: 'uncaught' }, `s.${n}2`),
  entry(`s.${n}4`, at, 'warn', 'supervisor.child_start_failed', 'shop/app', { id: 'app', generation: n }),
  entry(`s.${n}5`, at + 1, 'warn', 'system.reload_refused', 'shop', { id: 'app', why: of, stays: true }, `s.${n}0`),
]

test('a deploy that was refused is closed at once: why, that the build before served on, and no trouble of it', () => {
  const refusals = [...started, ...deploy(6, 20, 'no STRIPE_KEY'), ...deploy(7, 25, 'no DATABASE_URL')]
  const all = incidentsOf(refusals)
  assert.deepEqual(
    all.map(one => [one.id, one.state, one.troubles.length, one.entries.length]),
    [
      ['s.60', 'noted', 0, 5],
      ['s.70', 'noted', 0, 5],
    ],
  )
  const { says, noticed, toDo } = explain(all[0]!, 0)
  assert.match(says, /^A deploy was refused: app was not reloaded, and the build before serves on: no STRIPE_KEY/)
  assert.match(noticed.join(), /^nobody: app was served by the build before/)
  assert.match(toDo!, /selfheal reload/)
  const good = [
    entry('s.80', 40, 'info', 'system.reloading', 'shop', { programs: ['app'], lives: 1 }),
    entry('s.81', 41, 'info', 'program.ready', 'shop/app', { generation: 8 }),
    entry('s.82', 41, 'info', 'system.reloaded', 'shop', { replaced: ['app'], tookMs: 900 }, 's.80'),
  ]
  assert.equal(explain(incidentsOf([...refusals, ...good])[1]!, 0).toDo, null, 'the good one after it')
})

test('a crash of what serves, while a deploy is under way, is a trouble as ever', () => {
  const [reloading, begins, ...rest] = deploy(6, 20, 'no')
  const dies = entry('s.90', 20, 'warn', 'program.exited', 'shop/app', killed, 's.2')
  const refused = { ...rest.at(-1)!, data: { id: 'app', why: 'no', stays: false } as never }
  const open = incidentsOf([...started, reloading!, begins!, dies, ...rest.slice(0, -1), refused]).filter(
    one => one.state === 'open',
  )
  assert.equal(open.length, 1)
})

test('a command that has done its work is no trouble', () => {
  const done = { id: 'app', generation: 1, error: { message: "'node x' ended with 0", code: 'SELFHEAL_ENDED_AT_ONCE' } }
  const [only] = incidentsOf([
    ...started.slice(0, 2),
    entry('s.40', 1, 'info', 'program.exited', 'shop/app', { generation: 1, reason: 'normal', code: 0 }, 's.2'),
    entry('s.41', 1, 'warn', 'supervisor.child_start_failed', 'shop/app', done, 's.1'),
    entry('s.42', 1, 'info', 'system.started', 'shop', {}),
  ])
  assert.equal(only!.state, 'noted')
  const { says, noticed, toDo } = explain(only!, 0)
  assert.deepEqual([says, noticed, toDo], ["app.1 did not start: 'node x' ended with 0.", [], null])
})

test('what breaks in a drill is told as meant', () => {
  const drill = (stage: string) =>
    entry('s.8', 99, 'info', 'drill.began', 'shop/drills', { drill: 'crash', of: 'shop/app', stage })
  const told = (stage: string) => explain(incidentsOf([...started, drill(stage), ...crash(1, 100, 's.2')])[0]!, 0)
  assert.match(told('here').cause, /The drill crash was under way/)
  assert.doesNotMatch(told('here').cause, /from outside/)
  assert.match(told('here').says, /in the drill crash\.$/)
  assert.match(told('copy').cause, /from outside/)
  const over = entry('s.9', 99.5, 'info', 'drill.ended', 'shop/drills', { drill: 'crash', verdict: 'yes' }, 's.8')
  assert.match(explain(incidentsOf([...started, drill('here'), over, ...crash(1, 100, 's.2')])[0]!, 0).cause, /from outside/)
})

test('what is to mend is named by itself; an error at the start is none of a request, and over when a life came', () => {
  const threw = (data: object) =>
    entry('s.30', 10, 'warn', 'program.uncaught', 'shop/app', { generation: 2, error: { message: 'no KEY' }, ...data }, 's.2')
  const failed = entry('s.31', 10, 'warn', 'supervisor.child_start_failed', 'shop/app', { id: 'app', generation: 2 }, 's.30')
  const ready = entry('s.32', 12, 'info', 'program.ready', 'shop/app', { generation: 3 }, 's.31')
  const toDo = (...more: Entry[]) => explain(incidentsOf([...started.slice(0, 2), ...more])[0]!, 0).toDo
  assert.equal(toDo(threw({}), failed, ready), null)
  const stop = entry('s.33', 12, 'info', 'system.stopped', 'shop', {})
  assert.equal(toDo(threw({}), failed, stop), 'Mend “no KEY”: it comes at each start.')
  const route = { answered: '500', route: 'GET /x', drains: true }
  assert.equal(toDo(threw(route), ready), 'Mend “no KEY” (GET /x): until then each such request costs a restart.')
  assert.equal(toDo(threw({ answered: 'none' }), ready), 'Mend “no KEY”: each time it comes, it costs a restart.')
})

test('a dependency that was slow before it was down is told as both', () => {
  const [only] = incidentsOf([
    entry('a.1', 10, 'warn', 'dependency.slow', 'shop/app/db', { why: 'calls take long' }),
    entry('a.2', 13, 'warn', 'dependency.down', 'shop/app/db', { why: 'no answer' }),
    entry('a.3', 18, 'info', 'dependency.back', 'shop/app/db', { afterMs: 5_000 }, 'a.2'),
  ])
  assert.deepEqual(explain(only!, 0).noticed, ['db was slow for 3 s, then down for 5 s'])
})
