// Where pages come back to after an outage, by mocked time: real ones are tried in test/process/browser.test.ts.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { ShownModes } from '../core/index.ts'
import { modes } from './modes.ts'
import { follow } from './stream.ts'

class Source {
  static readonly all: Source[] = []
  onmessage: (event: { data: string }) => void = () => {}
  onerror: () => void = () => {}
  readonly heard = new Map<string, () => void>()
  closed = false
  constructor() {
    Source.all.push(this)
  }
  addEventListener(name: string, fn: () => void) {
    this.heard.set(name, fn)
  }
  close() {
    this.closed = true
  }
}
const told = (spreadMs: number, mode: 'on' | 'off' = 'on'): ShownModes => ({
  v: 1,
  at: 5_000_000,
  spreadMs,
  features: { buy: { mode, since: 4_000_000, causes: [] } },
})
const globals = globalThis as unknown as Record<string, unknown>
let online: (() => void)[] = []
let polled = 0
let answer: () => Response

beforeEach(() => {
  Source.all.length = 0
  online = []
  polled = 0
  answer = () => new Response(null, { status: 503 })
  Object.assign(globals, {
    EventSource: Source,
    fetch: async () => {
      polled++
      return answer()
    },
    addEventListener: (_: string, fn: () => void) => online.push(fn),
    removeEventListener: (_: string, fn: () => void) => {
      online = online.filter(one => one !== fn)
    },
  })
})
const real = { fetch: globalThis.fetch, EventSource: globals['EventSource'] }
afterEach(() => {
  Object.assign(globals, real)
  delete globals['addEventListener']
  delete globals['removeEventListener']
})
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

test('ten thousand pages that lose the stream at one moment come back over the whole spread the server asked for', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const ends = Array.from({ length: 10_000 }, () => follow('/m', () => {}))
  for (const source of Source.all) source.onmessage({ data: JSON.stringify(told(50_000)) })
  for (const source of [...Source.all]) source.onerror()
  const seconds: number[] = []
  for (let second = 0; second < 50; second++) {
    const before = Source.all.length
    t.mock.timers.tick(1_000)
    seconds.push(Source.all.length - before)
    for (const source of Source.all.slice(before)) source.onmessage({ data: JSON.stringify(told(50_000)) })
    if (second % 25 === 24) for (const source of Source.all) if (!source.closed) source.heard.get('beat')!()
  }
  assert.equal(
    seconds.reduce((a, b) => a + b, 0),
    10_000,
  )
  // 200 a second on average; by chance alone no second has twice that.
  assert.ok(Math.max(...seconds) < 400, String(seconds))
  assert.equal(polled, 0, 'who had a stream asks for a stream')
  for (const end of ends) end()
})

test('where there is no stream to be had it asks now and then, ever more seldom, and takes the stream when there is one', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  answer = () => Response.json(told(2_000, 'off'))
  const got: string[] = []
  const end = follow('/m', modes => got.push(modes.features['buy']!.mode))
  const waits: number[] = []
  for (let i = 0; i < 6; i++) {
    Source.all.at(-1)!.onerror()
    await turn()
    await turn()
    await turn()
    const before = Source.all.length
    for (let waited = 0; ; waited += 100) {
      if (Source.all.length > before) {
        waits.push(waited)
        break
      }
      assert.ok(waited <= 61_000, 'it never ends')
      t.mock.timers.tick(100)
    }
  }
  assert.equal(polled, 6)
  assert.deepEqual(got, Array(6).fill('off'))
  assert.ok(
    waits.every((wait, i) => wait <= Math.max(2_000, 1_000 * 2 ** i) + 100),
    String(waits),
  )
  Source.all.at(-1)!.onmessage({ data: JSON.stringify(told(2_000)) })
  assert.equal(got.at(-1), 'on')
  end()
})

test('a stream that says nothing is no stream: one held back on the way, and one that died without a word', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const end = follow('/m', () => {})
  t.mock.timers.tick(6_000)
  assert.deepEqual([Source.all[0]!.closed, polled], [true, 1], 'held back by a proxy: it asks')
  await turn()
  await turn()
  t.mock.timers.tick(60_000)
  const second = Source.all[1]!
  second.onmessage({ data: JSON.stringify(told(2_000)) })
  for (let i = 0; i < 5; i++) {
    t.mock.timers.tick(30_000)
    second.heard.get('beat')!()
  }
  assert.equal(second.closed, false, 'beats keep it')
  t.mock.timers.tick(40_000)
  assert.equal(second.closed, true)
  end()
})

test('while a standby answers for the app, what writes is what it would be without; what only reads, and what is paused already, stays', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const page = modes({
    first: {
      ...told(2_000),
      features: {
        buy: { mode: 'on', since: 0, causes: [], otherwise: 'off' },
        sell: { mode: 'readonly', since: 1, causes: [], otherwise: 'readonly' },
        browse: { mode: 'on', since: 0, causes: [] },
      },
    },
  })
  const seen = () => Object.values(page.all()).map(one => one.mode)
  let changes = 0
  const undo = page.subscribe(() => changes++)
  const poll = async () => {
    Source.all.at(-1)!.onerror()
    for (let i = 0; i < 5; i++) await turn()
    t.mock.timers.tick(60_000)
  }
  for (const text of ['', '<h1>Bad gateway</h1>', '{"code":"SELFHEAL_READ_ONLY"}']) {
    answer = () => new Response(text, { status: 503 })
    await poll()
    assert.deepEqual(seen(), ['on', 'readonly', 'on'], `not from ${text}`)
  }
  answer = () => Response.json({ code: 'SELFHEAL_STANDBY' }, { status: 503 })
  for (let i = 0; i < 3; i++) await poll()
  assert.deepEqual(seen(), ['off', 'readonly', 'on'])
  assert.match(page.get('buy').causes[0]!.says, /getting itself working/)
  assert.deepEqual([page.get('sell').causes, changes], [[], 1], 'told once')
  Source.all.at(-1)!.onmessage({ data: JSON.stringify(told(2_000)) })
  assert.equal(page.get('buy').mode, 'on')
  undo()
})

test('back online it looks at once; ended, it does nothing more', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const end = follow('/m', () => assert.fail('it has ended'))
  for (const fn of online) fn()
  assert.equal(Source.all.length, 2)
  assert.equal(Source.all[0]!.closed, true)
  end()
  assert.equal(online.length, 0)
  Source.all[1]!.onmessage({ data: JSON.stringify(told(2_000)) })
  Source.all[1]!.onerror()
  t.mock.timers.tick(120_000)
  assert.equal(Source.all.length, 2)
})

test('a feature is the same object until something of it changes; times are told by the server’s clock', t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000 })
  const page = modes({ first: told(2_000, 'off') })
  const before = page.get('buy')
  assert.equal(page.sinceMs(before.since), 1_000_000, 'although this page believes it is 1970')
  assert.equal(page.get('what nobody told of').mode, 'on')
  let heard = 0
  const undo = page.subscribe(() => heard++)
  const say = (modes: ShownModes) => Source.all.at(-1)!.onmessage({ data: JSON.stringify(modes) })
  say(told(2_000, 'off'))
  assert.equal(page.get('buy'), before)
  assert.equal(heard, 0)
  say(told(2_000, 'on'))
  assert.deepEqual([page.get('buy').mode, heard], ['on', 1])
  say({ ...told(2_000), features: {} })
  assert.deepEqual([Object.keys(page.all()), heard], [[], 2], 'a feature that is no more is forgotten')
  const second = page.subscribe(() => {})
  assert.equal(Source.all.length, 1, 'one stream for all who listen')
  undo()
  second()
  assert.equal(Source.all[0]!.closed, true)
})
