// A whole drill over real sockets: a small shop that can be broken, and a stage made for it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, test } from 'node:test'
import type { ControlClient } from '../../control/index.ts'
import type { Event } from '../../core/index.ts'
import { inForce } from '../in-force.ts'
import { journey } from '../journey/journey.ts'
import type { Stage } from '../stage/stage.ts'
import { custom, spike } from './breaks.ts'
import { drill } from './drill.ts'
import { scenario } from './scenario.ts'

let server: Server
let stage: Stage
let broken: '' | 'raw' | 'honest' = ''
let forgets = false
let doubles = false
const orders = new Map<string, number>()
let tell: (event: Event) => void = () => {}

beforeEach(async () => {
  broken = ''
  forgets = doubles = false
  orders.clear()
  server = createServer((request, response) => {
    const [, id = ''] = /^\/orders\/(.+)$/.exec(request.url ?? '') ?? []
    if (broken === 'raw') return void response.writeHead(500).end()
    if (broken === 'honest')
      return void response.writeHead(503, { 'retry-after': '1', 'content-type': 'application/problem+json' }).end('{}')
    if (request.method === 'POST' && !forgets) orders.set(id, (orders.get(id) ?? 0) + (doubles ? 2 : 1))
    response.setHeader('set-cookie', 'who=me; Path=/')
    response.end(JSON.stringify({ n: orders.get(id) ?? 0, cookie: request.headers.cookie ?? '' }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  let retries = 4
  const client = {
    parts: async () => ({
      parts: [{ path: 'shop/app/policies/db~2', kind: 'guard', snapshot: { counts: { retries: retries++ } } }],
    }),
    events: (fn: (event: Event) => void, signal: AbortSignal) => {
      tell = fn
      return new Promise(resolve => signal.addEventListener('abort', () => resolve('aborted'), { once: true }))
    },
  } as unknown as ControlClient
  stage = {
    kind: 'copy',
    name: 'shop',
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    client,
    folder: '',
    owned: () => false,
  } as unknown as Stage
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

let n = 0
const shops = journey('shops', async visitor => {
  await visitor.get('/')
  await visitor.get('/again', { check: ({ json }) => json.cookie === 'who=me' || 'its cookie is gone' })
  await visitor.think('20ms')
  const path = `/orders/${++n}`
  await visitor.post(path, {}, { writes: { what: path, count: async () => (await visitor.look(path)).json.n } })
})
const breaks = (how: 'raw' | 'honest', more: { warns?: boolean } = {}) =>
  custom(`${how} failures`, async (_stage, forMs) => {
    broken = how
    if (more.warns)
      tell({
        v: 1,
        id: 'x.1',
        name: 'test.broken' as never,
        source: 'shop/app',
        at: 0,
        wall: Date.now(),
        level: 'warn',
        data: {} as never,
      })
    return inForce({ says: how, forMs, heal: () => void (broken = '') })
  })
const PROMISES = [
  'answered = 100 %',
  'contain ≤ 100 ms',
  'recover ≤ 500 ms',
  'acknowledged writes lost = 0',
  'double effects = 0',
  'detect ≤ 200 ms',
]
const plan = (options: Partial<Parameters<typeof scenario>[0]> = {}) =>
  scenario({
    name: 'broken',
    says: 'it is broken',
    rate: 30,
    duration: '1s',
    steady: '100ms',
    faults: [{ at: '200ms', for: '300ms', break: breaks('honest', { warns: true }) }],
    promises: PROMISES,
    ...options,
  })
const run = (scenario: ReturnType<typeof plan>, more: Partial<Parameters<typeof drill>[0]> = {}) =>
  drill({ scenario, stage, journeys: [shops], again: 'npx selfheal drill broken', ...more })

test('an outage that is refused with a reason, and healed, is a yes; who tried again is told', async () => {
  const phases = new Set<string>()
  // In real time, on a machine that may be busy.
  const lenient = PROMISES.map(promise => promise.replace(/≤ \d+ ms/, '≤ 10 s'))
  const report = await run(plan({ promises: lenient }), { onProgress: ({ phase }) => void phases.add(phase) })
  assert.deepEqual(
    report.checks.filter(check => !check.kept),
    [],
  )
  assert.equal(report.verdict, 'yes')
  assert.ok(report.figures!.all.degraded > 0)
  assert.ok(report.figures!.writes.acknowledged > 0)
  assert.deepEqual(
    report.marks
      .map(mark => mark.is)
      .slice(0, 2)
      .sort(),
    ['detected', 'fault'],
  )
  assert.ok(phases.has('load'))
  assert.deepEqual(report.figures!.tries.by, ['db'])
  assert.ok(report.figures!.tries.retries > 0)
})

test('raw failures are a no, with what callers saw and the first thing to mend', async () => {
  const report = await run(plan({ faults: [{ at: '200ms', for: '300ms', break: breaks('raw') }] }))
  assert.equal(report.verdict, 'no')
  assert.deepEqual(
    report.checks.filter(check => !check.kept).map(check => check.promise),
    ['answered = 100 %', 'contain ≤ 100 ms', 'detect ≤ 200 ms'],
  )
  assert.match(report.failures[0]!.says, /shops, GET \/: 500/)
  assert.match(report.mend!, /behind a feature/)
})

test('a confirmed write that is gone, and one that is there twice, are found', async () => {
  forgets = true
  assert.ok((await run(plan())).figures!.writes.lost.length > 0)
  forgets = false
  doubles = true
  assert.ok((await run(plan())).figures!.writes.doubled.length > 0)
})

test('what fails already is not broken on top of it', async () => {
  broken = 'raw'
  let injected = false
  const fault = custom('never', async () => {
    injected = true
    return undefined
  })
  const report = await run(plan({ faults: [{ at: '100ms', break: fault }] }))
  assert.equal(report.verdict, 'no_steady_state')
  assert.equal(injected, false)
})

test('it stops by itself, and heals, when it hurts more than is allowed', async () => {
  const report = await run(
    plan({
      duration: '60s',
      faults: [{ at: '200ms', for: '50s', break: breaks('raw') }],
      hurts: { failed: 0.8, for: '500ms' },
    }),
  )
  assert.equal(report.verdict, 'aborted')
  assert.equal(broken, '')
})

test('stopped, it heals what it broke before it says so', async () => {
  const stopping = new AbortController()
  const done = run(plan({ duration: '60s', faults: [{ at: '100ms', for: '50s', break: breaks('raw') }] }), {
    signal: stopping.signal,
  })
  while (broken === '') await new Promise(resolve => setTimeout(resolve, 10))
  stopping.abort()
  await assert.rejects(done, { code: 'SELFHEAL_NO', message: /everything it broke is healed/ })
  assert.equal(broken, '')
})

test('a spike is more visitors, for as long as it is in', async () => {
  const report = await run(plan({ duration: '1500ms', faults: [{ at: '500ms', for: '800ms', break: spike(4) }], promises: [] }))
  const counts = report.columns.map(one => one.ok)
  assert.ok(counts[3]! > 2 * counts[0]!, counts.join(' '))
})

test('a fault that could not be put in is no verdict about the app', async () => {
  const fault = custom('impossible', () => Promise.reject(new Error('no such program')))
  const report = await run(plan({ faults: [{ at: '100ms', break: fault }], promises: [] }))
  assert.equal(report.verdict, 'no')
  assert.match(report.checks[0]!.says, /impossible: no such program/)
})

test('an expected failure is told apart; in the control arm it is a plain no', async () => {
  const failing = plan({ promises: ['refused ≥ 1'], expectedToFail: 'not built yet' })
  assert.equal((await run(failing)).verdict, 'expected')
  assert.equal((await run(failing, { without: ['breaker'] })).verdict, 'no')
})
