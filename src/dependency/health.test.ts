import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents, type Event } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import type { Adapter } from './adapter.ts'
import { healthOf } from './health.ts'
import { silence } from './silence.ts'

/** A dependency whose answers are set by hand, and what was done to it, in order. */
function world({ resume = true, idleMs }: { readonly resume?: boolean; readonly idleMs?: number } = {}) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const said: Event[] = []
  events.on('*', event => said.push(event))
  const did: string[] = []
  const answers = {
    probe: async (): Promise<'up' | 'readonly'> => 'up',
    drop: async () => 7,
    late: 0,
    timeouts: 0,
  }
  const adapter: Adapter<object> = {
    kind: 'scripted',
    judge: () => ({ ran: 'yes', blame: 'none' }),
    facade: () => ({}),
    probe: () => {
      did.push('probe')
      return answers.probe()
    },
    drop: () => {
      did.push('drop')
      return answers.drop()
    },
    admit: share => did.push(`admit ${share.toFixed(2)}`),
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(resume ? { resume: async () => void did.push('resume') } : {}),
    recycle: () => did.push('recycle'),
    settings: () => [],
  }
  const gate = { shut: (why: string) => did.push(`shut: ${why}`), open: () => did.push('open'), share() {} }
  const silent = silence(() => answers.timeouts)
  const health = healthOf({
    name: 'db',
    path: 'shop/db',
    adapter,
    clock,
    events,
    gate,
    late: heard => ({ late: answers.late, slots: 10, silent: silent(heard) }),
    slowMs: 2_000,
  })
  const names = () => said.map(e => e.name)
  const fall = (why = 'half of the calls failed') => health.see({ is: 'opened', why })
  return { clock, health, said, names, did, answers, fall }
}
const refuse = () => Promise.reject(new Error('connect ECONNREFUSED'))

test('an outage from end to end: shut, dropped, probed, opened again by a ramp, resumed; told with its causes', async () => {
  const { clock, health, said, did, answers, fall } = world()
  answers.probe = refuse
  fall()
  const { usable, causes, backAt } = health.need.reading()
  assert.equal(usable, 'none')
  assert.match(causes[0]!.says, /^db does not answer: half of the calls failed$/)
  assert.ok(backAt! > clock.wall())
  await clock.advance(5_000)
  assert.equal(health.need.reading().usable, 'none')
  assert.match(health.need.reading().causes[0]!.says, /ECONNREFUSED/)
  answers.probe = async () => 'up'
  await clock.advance(2_500)
  assert.deepEqual(health.need.reading().causes, [])
  assert.equal(health.need.reading().usable, 'full')
  await clock.advance(4_000)
  assert.deepEqual(did.slice(0, 3), ['shut: half of the calls failed', 'admit 0.00', 'drop'])
  const back = did.slice(did.indexOf('open'))
  assert.deepEqual(back.slice(0, 3), ['open', 'admit 0.10', 'resume'])
  assert.equal(
    back.findLast(d => d !== 'probe'),
    'admit 1.00',
  )
  assert.ok(back.length > 10, 'the ramp has steps')
  const down = said.find(e => e.name === 'dependency.down')!
  assert.equal(down.level, 'warn')
  for (const name of ['dependency.dropped', 'dependency.back', 'dependency.resumed'])
    assert.equal(said.find(e => e.name === name)?.because, down.id, name)
})

test('while calls are answered nothing is probed; when it is idle, every five seconds', async () => {
  const { clock, health, did } = world()
  for (let i = 0; i < 20; i++) {
    health.served()
    await clock.advance(1_000)
  }
  assert.deepEqual(did, [])
  assert.equal(health.need.reading().state, 'up')
  await clock.advance(30_000)
  assert.ok(did.length >= 4 && did.length <= 6, String(did.length))
})

test('an adapter may be asked more rarely while it is idle; once it misses, as often as any', async () => {
  const { clock, health, did, answers } = world({ idleMs: 60_000 })
  health.served()
  await clock.advance(250_000)
  assert.ok(did.length >= 1 && did.length <= 10, String(did.length))
  answers.probe = refuse
  await clock.advance(200_000)
  assert.equal(health.need.reading().usable, 'none')
  const before = did.length
  await clock.advance(20_000)
  assert.ok(did.length - before >= 10, String(did.length - before))
})

test('an idle dependency that is gone is noticed without a call, after two probes', async () => {
  const { clock, health, answers, names } = world()
  answers.probe = refuse
  await clock.advance(8_000)
  assert.equal(health.need.reading().usable, 'none')
  assert.deepEqual(names().slice(0, 3), ['dependency.probe_failed', 'dependency.probe_failed', 'dependency.down'])
})

test('a doubt is looked into at once, busy or not', async () => {
  const { clock, health, answers, did } = world()
  health.served()
  answers.probe = async () => 'readonly'
  health.see({ is: 'doubted' })
  await clock.advance(1)
  assert.equal(health.need.reading().usable, 'read')
  answers.probe = async () => 'up'
  await clock.advance(3_000)
  assert.equal(health.need.reading().usable, 'full')
  assert.ok(did.includes('recycle'))
})

test('a probe that hangs counts as missed, and its late answer as nothing', async () => {
  const { clock, health, did, answers, fall } = world()
  const late: ((found: 'up') => void)[] = []
  answers.probe = () => new Promise(resolve => late.push(resolve))
  fall()
  await clock.advance(10_000)
  assert.ok(did.filter(d => d === 'probe').length >= 3)
  for (const answer of late.slice(0, -1)) answer('up')
  await clock.advance(0)
  assert.equal(health.state().passes, 0)
})

test('a drop that fails is told, and recovery goes on', async () => {
  const { clock, health, answers, said, fall } = world()
  answers.drop = () => Promise.reject(new Error('no room'))
  fall()
  await clock.advance(3_000)
  assert.equal(health.need.reading().usable, 'full')
  assert.deepEqual(said.find(e => e.name === 'dependency.dropped')?.data, { connections: 0, tookMs: 0, failed: 'no room' })
})

test('an operator’s off is not cleared by recovery, ends at its time or by hand, and says by whom', async () => {
  const { clock, health, did } = world()
  health.hold('off', { by: 'ada', why: 'moving it', until: clock.wall() + 60_000 })
  assert.deepEqual(
    { usable: health.need.reading().usable, state: health.need.reading().state, by: health.need.reading().causes[0]!.by },
    { usable: 'none', state: 'off', by: 'ada' },
  )
  await clock.advance(30_000)
  assert.equal(health.need.reading().usable, 'none')
  assert.ok(!did.includes('probe'))
  await clock.advance(33_000)
  assert.equal(health.need.reading().usable, 'full')
  health.hold('readonly', { by: 'ada', why: 'a migration' })
  await clock.advance(30_000)
  assert.equal(health.need.reading().usable, 'read')
  health.letGo('ada')
  assert.equal(health.need.reading().usable, 'full')
})

test('some late calls: slow, told and usable; over when none is for a while', async () => {
  const { clock, health, answers, names, did } = world()
  health.served()
  answers.late = 2
  await clock.advance(1_000)
  assert.deepEqual([health.need.reading().usable, health.need.reading().state], ['full', 'slow'])
  assert.ok(did.includes('probe'), 'it is asked while calls are late')
  answers.late = 0
  await clock.advance(5_500)
  assert.equal(health.need.reading().state, 'up')
  assert.deepEqual(names(), ['dependency.slow', 'dependency.back'])
})

test('calls are late and a probe does not answer either: down at once, not after a second miss', async () => {
  const { clock, health, answers, did } = world()
  health.served()
  answers.late = 2
  answers.probe = refuse
  await clock.advance(500)
  assert.equal(health.need.reading().usable, 'none')
  assert.equal(did.filter(d => d === 'probe').length, 1)
})

test('hasty callers ran out of time and nobody is answered: it is asked, and a probe that is missed is the second sign', async () => {
  const { clock, health, answers, did } = world()
  const probes = () => did.filter(d => d === 'probe').length
  health.served()
  await clock.advance(1_000)
  answers.timeouts = 3
  health.served()
  await clock.advance(2_000)
  assert.equal(probes(), 0, 'others are answered')
  answers.timeouts = 4
  await clock.advance(4_000)
  assert.equal(probes(), 1, 'a probe that passes is an answer: it is asked once')
  answers.timeouts = 5
  answers.probe = refuse
  await clock.advance(500)
  assert.equal(health.need.reading().usable, 'none')
  assert.equal(probes(), 2)
})

test('nearly all it has is stuck: down, though a probe would pass', async () => {
  const { clock, health, answers } = world()
  health.served()
  answers.late = 7
  await clock.advance(2_000)
  assert.equal(health.need.reading().state, 'slow')
  answers.late = 8
  await clock.advance(500)
  assert.equal(health.need.reading().usable, 'none')
  assert.match(health.need.reading().causes[0]!.says, /8 of its 10 connections are busy with one call for more than 2 s/)
})

test('stopped, it asks nothing and leaves no timer', async () => {
  const { clock, health, did, fall } = world()
  fall()
  health.stop()
  await clock.advance(60_000)
  assert.ok(!did.includes('probe'))
  assert.equal(clock.pending(), 0)
})
