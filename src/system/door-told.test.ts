// What is told of requests that are turned away, and a body that is still arriving: on a manual clock.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createEvents, type Event, isRejected } from '../core/index.ts'
import { type AdmissionOptions, type Asked, admission } from '../inbound/index.ts'
import { explain, incidentsOf, story } from '../journal/index.ts'
import { manualClock } from '../testing/index.ts'

function world(options: AdmissionOptions) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const told: Event[] = []
  events.on('*', event => void told.push(event))
  const door = admission({ loop: false, clock, events, ...options })
  const ask = (url: string, ms: number, more: Partial<Asked> = {}) =>
    door
      .run({ method: 'POST', url, headers: {}, ...more }, () => new Promise<void>(resolve => void clock.after(ms, resolve)))
      .then(
        () => 'served',
        error => (isRejected(error) ? error.code : 'thrown'),
      )
  const advance = async (ms: number) => {
    for (const end = clock.now() + ms; clock.now() < end; await turn()) await clock.advance(Math.min(500, end - clock.now()))
  }
  return { clock, told, door, ask, advance, refusing: () => (door.snapshot() as { refusing: unknown }).refusing }
}

test('a storm of refusals is two events: that it began, with the routes that are under way longest, and that it is over', async () => {
  const { told, ask, advance, refusing } = world({ limit: { max: 2, queue: 0 }, deadline: '25s' })
  assert.equal(refusing(), null)
  const hung = [ask('/checkout?card=4242', 300_000), ask('/checkout', 20_000)]
  await advance(2_000)
  const refused: Promise<string>[] = []
  for (let i = 0; i < 40; i++) {
    refused.push(ask('/', 5))
    await advance(500)
  }
  assert.notEqual(refusing(), null)
  await advance(60_000)
  assert.deepEqual(await Promise.all(hung), ['SELFHEAL_DEADLINE_EXCEEDED', 'served'])
  assert.equal((await Promise.all(refused)).filter(code => code === 'SELFHEAL_LIMIT_FULL').length, 36)
  assert.equal(refusing(), null)
  assert.deepEqual(
    told.map(({ name, level }) => [name, level]),
    [
      ['inbound.refusing', 'warn'],
      ['inbound.well', 'info'],
    ],
  )
  const [began, over] = told as [Event, Event]
  assert.equal(over.because, began.id)
  assert.equal(
    story(began),
    'inbound turns requests away (2 requests were refused so far): 2 requests were under way, as many as may be; under way longest: POST /checkout (2, the longest 3 s)',
  )
  assert.match(
    story(over),
    /^inbound turns nobody away any more: 36 requests were refused, and 1 given up at the deadline within 23 s$/,
  )

  const [incident, ...none] = incidentsOf(told.map((event, row) => ({ ...event, row })) as never)
  assert.deepEqual(none, [])
  assert.equal(incident!.state, 'healed')
  const { noticed, requests } = explain(incident!, 0)
  assert.match(noticed[0]!, /^some requests were turned away within 23 s$/)
  assert.deepEqual(requests, ['36 requests were refused, and 1 given up at the deadline'])
})

test('a request that is cut at its deadline is told with its route, and what to do; one whose sender set the deadline, or gave up, is not', async () => {
  const { told, ask, advance } = world({ deadline: '2s' })
  const all = [ask('/report', 60_000), ask('/x', 60_000, { headers: { 'x-deadline-ms': '500' } })]
  await advance(3_200)
  assert.deepEqual(await Promise.all(all), ['SELFHEAL_DEADLINE_EXCEEDED', 'SELFHEAL_DEADLINE_EXCEEDED'])
  assert.equal(told.length, 1)
  assert.match(
    story(told[0]!),
    /1 request was given up at the deadline so far\): they had not answered within 2 s; .*POST \/report \(1, the longest 2 s\)$/,
  )
  const [incident] = incidentsOf(told.map((event, row) => ({ ...event, row })) as never)
  assert.equal(incident!.state, 'open')
  assert.match(explain(incident!, incident!.began).toDo!, /Find what these wait for.*POST \/report/)
})

test('a body that is still arriving binds nobody and holds no place; from when it is there its handler has its time', async () => {
  const { clock, told, door, ask, advance } = world({ deadline: '2s', limit: { max: 1, queue: 0 } })
  let whole = false
  const arriving = () => !whole
  const upload = ask('/upload', 11_000, { arriving })
  const hangs = advance(1_100)
  await hangs
  assert.equal((door.snapshot() as { inFlight: number }).inFlight, 0)
  const slow = ask('/slow', 600_000, { arriving })
  await advance(8_900)
  whole = true
  await advance(1_200)
  assert.equal(await upload, 'served')
  let answer: string | undefined
  void slow.then(code => (answer = code))
  await advance(300)
  assert.equal(answer, undefined, `${clock.now()}`)
  await advance(1_500)
  assert.equal(answer, 'SELFHEAL_DEADLINE_EXCEEDED')
  await advance(1_000)
  assert.deepEqual(
    told.map(({ name }) => name),
    ['inbound.refusing'],
  )
})
