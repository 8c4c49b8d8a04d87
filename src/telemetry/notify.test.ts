// A week of ordinary trouble on the manual clock, in the order that rooms tell it: what heals by itself tells nobody. Then each case that a person
// must hear of, once. And a channel that is down: tried again, told once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Level } from '../core/index.ts'
import type { Entry } from '../journal/index.ts'
import { manualClock } from '../testing/index.ts'
import { type Message, type NotifierOptions, type NotifyState, notifier } from './index.ts'

const MINUTE = 60_000
const DAY = 86_400_000

function office(more: Partial<NotifierOptions> = {}) {
  const clock = manualClock()
  const entries: Entry[] = []
  const sent: Message[] = []
  let kept: NotifyState | undefined
  const options: NotifierOptions = {
    channels: { slack: async message => void sent.push(message) },
    read: async query =>
      'afterRow' in query
        ? entries.filter(one => one.row > query.afterRow)
        : entries.filter(one => one.wall >= query.since && one.wall < query.until),
    state: undefined,
    keep: state => {
      kept = JSON.parse(JSON.stringify(state)) as NotifyState
    },
    clock,
    ...more,
  }
  const tell = (name: string, source: string, data: object = {}, how: { because?: string; level?: Level } = {}) => {
    const row = entries.length + 1
    const { because, level = 'warn' } = how
    const cause = because === undefined ? {} : { because }
    entries.push({ row, v: 1, id: `a.${row}`, name, source, at: clock.now(), wall: clock.wall(), level, data, ...cause } as Entry)
    return `a.${row}`
  }
  const urgent = () => sent.filter(one => one.subject !== 'selfheal: the day').map(one => one.subject)
  return { clock, sent, tell, urgent, options, kept: () => kept, begin: () => notifier(options) }
}

type Office = ReturnType<typeof office>

async function crash({ tell, clock }: Office) {
  const end = tell('program.exited', 'shop/web', {
    generation: 1,
    pid: 9,
    reason: 'error',
    signal: 'SIGKILL',
    aliveMs: 5_000,
    tail: '',
  })
  tell(
    'supervisor.child_restarting',
    'shop/web',
    { id: 'web', generation: 2, restarts: 1, intensity: 5, periodMs: MINUTE },
    { because: end },
  )
  await clock.advance(300)
  tell('program.ready', 'shop/web', { generation: 2, pid: 10, bootMs: 250 }, { because: end, level: 'info' })
}

async function outage({ tell, clock }: Office, ms: number) {
  const open = tell('breaker.opened', 'app/db', { key: 'db', why: 'too many failed', calls: 9, failed: 9 })
  const down = tell('dependency.down', 'app/db', { kind: 'pg', why: 'connection refused' }, { because: open })
  tell('dependency.dropped', 'app/db', { connections: 10, tookMs: 3 }, { because: down })
  tell('feature.changed', 'app/sell', { feature: 'sell', from: 'on', to: 'readonly', causes: ['db is down'] }, { because: down })
  await clock.advance(ms)
  tell('dependency.back', 'app/db', { kind: 'pg', state: 'up', afterMs: ms }, { because: down, level: 'info' })
  tell('breaker.closed', 'app/db', { key: 'db', why: 'probes passed' }, { because: open, level: 'info' })
  tell(
    'feature.changed',
    'app/sell',
    { feature: 'sell', from: 'readonly', to: 'on', causes: [] },
    { because: down, level: 'info' },
  )
}

async function payment({ tell, clock }: Office, key: string) {
  const parked = tell('failover.parked', 'app/payments', { key, operation: 'charge', provider: 'a', why: 'it hung' })
  tell('failover.switched', 'app/payments', { from: 'a', to: 'b', why: 'it hung' }, { because: parked })
  await clock.advance(20_000)
  tell('failover.decided', 'app/payments', { key, operation: 'charge', as: 'ok', afterMs: 20_000, tries: 2 }, { because: parked })
  tell('failover.returned', 'app/payments', { provider: 'a', forMs: 20_000, calls: 3, parked: 1 }, { because: parked })
}

test('a week of ordinary trouble tells nobody, but in the digest of each day', async () => {
  const here = office()
  const telling = here.begin()
  await here.clock.advance(MINUTE)
  for (let day = 0; day < 7; day++) {
    for (let n = 0; n < 4; n++) await crash(here)
    await outage(here, 90_000)
    await payment(here, `order-${day}`)
    here.tell('program.hung', 'shop/web', { generation: 3, pid: 11, forMs: 5_000, stack: ['at loop (app.js:1)'], stopped: false })
    await crash(here)
    here.tell('feature.changed', 'app/buy', {
      feature: 'buy',
      from: 'on',
      to: 'off',
      causes: ['closed for the night'],
      by: 'ann',
    })
    // Drills that hold, and one that never did.
    for (const [drill, verdict] of [
      ['crash', 'yes'],
      ['redis-lost', 'no'],
    ])
      here.tell('drill.ended', 'shop/drills', { drill, of: 'shop', verdict, broke: [], regressed: false })
    // As a room's clock would, in steps that the looks of a day fit in.
    await here.clock.advance(6 * MINUTE)
    here.clock.stepWall(DAY - 6 * MINUTE)
    await here.clock.advance(MINUTE)
  }
  telling.stop()
  assert.deepEqual(here.urgent(), [])
  const days = here.sent.filter(one => one.subject === 'selfheal: the day')
  assert.ok(days.length >= 7 && days.length <= 8, `${days.length} digests in 7 days`)
  assert.match(days[0]!.text, /healed/)
})

const CASES: readonly (readonly [says: string, title: RegExp, lasts: boolean, begin: (here: Office) => void])[] = [
  [
    'a crash loop',
    /restarting does not help/,
    false,
    h => h.tell('supervisor.crash_looping', 'shop/web', { id: 'web', restarts: 6 }),
  ],
  ['a tree that gave up', /restarting does not help/, false, h => h.tell('supervisor.exhausted', 'app/tree', { id: 'poller' })],
  ['restarts held back', /held back/, false, h => h.tell('fleet.sick', 'shop/fleet', { alive: 4, sick: 3, lost: 0 })],
  [
    'money that is undecided',
    /a failover’s call needs you/,
    false,
    h => h.tell('failover.unresolved', 'app/payments', { key: 'o', why: 'no answer' }),
  ],
  [
    'money that stays unknown',
    /a failover’s call needs you/,
    true,
    h => h.tell('failover.parked', 'app/payments', { key: 'o', why: 'it hung' }),
  ],
  [
    'money twice',
    /a failover’s call needs you/,
    false,
    h => h.tell('failover.done_twice', 'app/payments', { key: 'o', providers: ['a', 'b'] }),
  ],
  [
    'an accepted write lost',
    /accepted write/,
    false,
    h => h.tell('spool.dead', 'app/spool', { key: 'k', kind: 'order', reason: 'no' }),
  ],
  [
    'a bad build',
    /bad build/,
    false,
    h => h.tell('system.reload_refused', 'shop', { id: 'web', why: 'it crashed', stays: true }),
  ],
  [
    'a drill that regressed',
    /held before/,
    false,
    h =>
      h.tell('drill.ended', 'shop/drills', {
        drill: 'crash',
        of: 'shop/web',
        verdict: 'no',
        broke: ['back within 5 s: it did not come back'],
        regressed: true,
      }),
  ],
  [
    'users without a feature',
    /5 minutes/,
    true,
    h => h.tell('feature.changed', 'app/sell', { feature: 'sell', to: 'off', causes: ['x'] }),
  ],
  ['a blind fleet', /see/, true, h => h.tell('fleet.blind', 'shop/fleet', { engine: 'postgres', why: 'refused', misses: 3 })],
]
for (const [says, title, lasts, begin] of CASES)
  test(`${says} is told, once${lasts ? ', when it has lasted 5 minutes' : ''}`, async () => {
    const here = office({ digest: false })
    const telling = here.begin()
    await here.clock.advance(MINUTE)
    begin(here)
    await here.clock.advance(4 * MINUTE)
    assert.equal(here.sent.length, lasts ? 0 : 1)
    begin(here)
    await here.clock.advance(10 * MINUTE)
    telling.stop()
    assert.equal(here.sent.length, 1)
    assert.match(here.sent[0]!.subject, title)
    assert.match(here.sent[0]!.text, /To do: .+\nThe whole story: selfheal why a\.\d/)
  })

test('one outage of many parts is one message; the journal that can’t be written is told by the stream', async () => {
  const here = office({ digest: false })
  const telling = here.begin()
  await here.clock.advance(MINUTE)
  await outage(here, 30 * MINUTE)
  await here.clock.advance(MINUTE)
  assert.deepEqual(here.urgent(), ['selfheal: users go without something for over 5 minutes'])
  const data = { code: 'ENOSPC', message: 'the disk is full', mend: 'Make room.' }
  telling.hear({ id: 'b.1', name: 'journal.failing', source: 'shop/journal', wall: here.clock.wall(), data })
  await here.clock.advance(MINUTE)
  telling.stop()
  assert.match(here.sent[1]!.text, /the disk is full/)
})

test('a channel that is down is tried again; what a killed reporter had not sent, the next one sends, and nothing twice', async () => {
  let down = true
  let tries = 0
  const got: string[] = []
  const slack = async ({ text }: Message) => {
    tries++
    if (down) throw new Error('down')
    got.push(text)
  }
  const here = office({ digest: false, channels: { slack } })
  const first = here.begin()
  await here.clock.advance(MINUTE)
  here.tell('failover.done_twice', 'app/payments', { key: 'o', providers: ['a'], secret: 'x', why: 'password=hunter2' })
  await here.clock.advance(2 * MINUTE)
  first.stop()
  assert.ok(tries > 1 && got.length === 0)
  down = false
  const second = notifier({ ...here.options, state: here.kept() })
  await here.clock.advance(10 * MINUTE)
  second.stop()
  assert.equal(got.length, 1)
  assert.doesNotMatch(got[0]!, /hunter2/)
})

test('no secret is told', async () => {
  const here = office({ digest: false })
  const telling = here.begin()
  await here.clock.advance(MINUTE)
  here.tell('system.reload_refused', 'shop', { id: 'web', why: 'postgres://shop:hunter2@db refused', stays: true })
  await here.clock.advance(MINUTE)
  telling.stop()
  assert.match(here.sent[0]!.text, /refused/)
  assert.doesNotMatch(here.sent[0]!.text, /hunter2/)
})

test('what a watch sees stands in the digest; a blind healer is told even when the journal can’t be read', async () => {
  const here = office({ watch: async () => [{ source: 'shop', says: 'the disk is full in 3 days' }] })
  const telling = here.begin()
  await here.clock.advance(MINUTE)
  here.clock.stepWall(DAY)
  await here.clock.advance(MINUTE)
  telling.stop()
  assert.match(here.sent[0]!.text, /Watched\n {2}shop: the disk is full in 3 days/)

  const dark = office({ digest: false, read: async () => Promise.reject(new Error('the disk is gone')) })
  const blind = dark.begin()
  blind.hear({ id: 'b.1', name: 'reporter.blind', source: 'supervisor', wall: dark.clock.wall(), data: {} })
  await dark.clock.advance(MINUTE)
  blind.stop()
  assert.match(dark.sent[0]!.text, /has not answered its reporter/)
})
