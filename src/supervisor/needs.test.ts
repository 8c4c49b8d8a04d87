// Needs: the order of start and stop, who is restarted with whom, and what a restart waits for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { createEvents, type Event, settableNeed, type Usable } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import { type Child, type Life, type Spec, type SupervisorOptions, service, startRoot, supervisor } from './index.ts'
import { byNeeds, felledWith, withDependents } from './needs.ts'

const graph = (text: string) =>
  text.split(', ').map(word => {
    const [id, ...needs] = word.split('<')
    return { id: id!, needs }
  })
const ids = (found: ReturnType<typeof byNeeds>) =>
  'order' in found ? found.order.map(({ id }) => id).join(' ') : found.circle.join(' → ')

test('each starts after what it needs, else as written; a circle is named', () => {
  assert.equal(ids(byNeeds(graph('web<pool, mailer<web<pool, pool, log'))), 'pool web mailer log')
  assert.equal(ids(byNeeds(graph('a, b<d, c<b, d<c'))), 'b → d → c → b')
  assert.equal(ids(byNeeds(graph('a<a'))), 'a → a')
  assert.equal(ids(byNeeds(graph('a<elsewhere, b'))), 'a b')
})

test('who goes down with whom: all, the rest, or those that need it at any distance', () => {
  const all = graph('pool, log, web<pool, mailer<web, cron<log')
  const falls = (strategy: Parameters<typeof felledWith>[0], ...fallen: string[]) =>
    [...felledWith(strategy, all, fallen)].join(' ')
  assert.equal(falls('one_for_one', 'pool'), 'pool web mailer')
  assert.equal(falls('one_for_one', 'mailer'), 'mailer')
  assert.equal(falls('one_for_one', 'web', 'log'), 'web log mailer cron')
  assert.equal(falls('rest_for_one', 'web'), 'web mailer cron')
  assert.equal(falls('one_for_all', 'cron'), 'pool log web mailer cron')
})

test('in any graph without circles, needs come first, and whoever goes down takes all that need it along', () => {
  const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 })
  fc.assert(
    fc.property(edges, fc.nat(11), (pairs, fallen) => {
      const all = Array.from({ length: 12 }, (_, i) => ({
        id: `${i}`,
        needs: pairs.filter(([a]) => a === i).map(([, b]) => `${b}`),
      }))
      const found = byNeeds(all)
      if ('circle' in found) {
        assert.equal(found.circle[0], found.circle.at(-1))
        for (const [i, id] of found.circle.slice(0, -1).entries())
          assert.ok(all[Number(id)]!.needs.includes(found.circle[i + 1]!))
        return
      }
      const place = new Map(found.order.map(({ id }, i) => [id, i]))
      for (const { id, needs } of all) for (const need of needs) assert.ok(place.get(need)! < place.get(id)!)
      const down = withDependents(found.order, [`${fallen}`])
      for (const { id, needs } of all) assert.equal(down.has(id), id === `${fallen}` || needs.some(need => down.has(need)))
    }),
  )
})

async function running(options: SupervisorOptions) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const told: Event[] = []
  events.on('*', event => told.push(event))
  const root = await startRoot(supervisor({ backoff: { baseMs: 0 }, ...options }), { clock, events, random: () => 0.5 })
  const names = () => told.map(({ name }) => name.replace('supervisor.', ''))
  const generations = () =>
    root.handle.whichChildren().map(({ id, generation, state }) => `${id}${generation}${state === 'running' ? '' : ` ${state}`}`)
  return { clock, told, names, root, handle: root.handle, generations }
}
/** Specs whose steps are logged, and how to crash them. */
function app(log: string[] = []) {
  const crash = new Map<string, () => void>()
  const finish = new Map<string, () => void>()
  const fails = new Set<string>()
  const spec = (id: string, needs: Spec['needs'] = []): Spec => ({
    id,
    needs,
    component: { kind: 'service', start: life => start(id, life) },
  })
  const start = (id: string, life: Life) => {
    if (fails.has(id)) throw new Error(`${id} can't`)
    log.push(`+${id}`)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    crash.set(id, () => reject(new Error('crash')))
    finish.set(id, resolve)
    life.signal.addEventListener('abort', () => resolve())
    return service(() => promise.finally(() => log.push(`-${id}`))).start(life)
  }
  return { log, spec, fails, crash: (id: string) => crash.get(id)!(), finish: (id: string) => finish.get(id)!() }
}
const settled = async () => {
  for (let i = 0; i < 30; i++) await turn()
}

test('one_for_one with needs: start and stop in order, and a fall restarts those that need it, as one restart; nobody else', async () => {
  const { log, spec, crash } = app()
  const children = [spec('mailer', ['web']), spec('web', ['pool']), spec('log'), spec('pool')]
  const { root, handle, names, generations } = await running({ children, intensity: 1 })
  assert.equal(log.splice(0).join(' '), '+pool +web +mailer +log')
  crash('web')
  await settled()
  assert.equal(log.splice(0).join(' '), '-web -mailer +web +mailer')
  assert.deepEqual(generations(), ['pool1', 'web2', 'mailer2', 'log1'])
  assert.equal(names().filter(name => name === 'child_restarting').length, 1)
  const mailer = handle.whichChildren().find(({ id }) => id === 'mailer')!.child!
  await handle.startChild(spec('digest', [mailer]))
  await root.stop()
  assert.equal(log.splice(0).join(' '), '+digest -digest -log -mailer -web -pool')
})

test('a component that is replaced, or started anew by command, takes those that need it along; that costs nothing', async () => {
  const { log, spec } = app()
  const { root, handle, told, generations } = await running({
    children: [spec('pool'), spec('web', ['pool']), spec('log')],
    intensity: 0,
  })
  log.length = 0
  await handle.replace('pool')
  await settled()
  assert.equal(log.splice(0).join(' '), '-pool +pool -web +web')
  await handle.terminateChild('pool')
  await handle.restartChild('pool')
  await settled()
  assert.equal(log.splice(0).join(' '), '-pool +pool -web +web')
  assert.deepEqual(generations(), ['pool3', 'web3', 'log1'])
  assert.deepEqual(told.find(({ name }) => name === 'supervisor.dependents_restarting')!.data, {
    id: 'pool',
    generation: 2,
    dependents: ['web'],
  })
  await root.stop()
})

test('a replace meanwhile takes a restart over, with all that it had to bring back', async () => {
  const { spec, crash, fails } = app()
  const children = [spec('a'), spec('on a', ['a']), spec('b'), spec('on b', ['b'])]
  const { root, handle, clock, generations } = await running({ children, intensity: 9, backoff: { baseMs: 10_000, jitter: 0 } })
  fails.add('a')
  crash('a')
  await settled()
  assert.deepEqual(generations(), ['a2 waiting', 'on a1 waiting', 'b1', 'on b1'])
  fails.clear()
  await handle.replace('b')
  await settled()
  await clock.advance(10_000)
  await settled()
  assert.deepEqual(generations(), ['a3', 'on a2', 'b2', 'on b2'])
  await root.stop()
  assert.equal(clock.pending(), 0)
})

test('by needs nobody is started who was down for another reason: a job that has finished, a child that was stopped', async () => {
  const { log, spec, crash, finish } = app()
  const children = [
    spec('pool'),
    { ...spec('job', ['pool']), restart: 'transient' as const },
    spec('cron', ['pool']),
    spec('web', ['pool']),
  ]
  const { root, handle, generations } = await running({ children })
  finish('job')
  await settled()
  await handle.terminateChild('cron')
  log.length = 0
  crash('pool')
  await settled()
  assert.equal(log.splice(0).join(' '), '-pool -web +pool +web')
  await handle.replace('pool')
  await settled()
  assert.deepEqual(generations(), ['pool3', 'job1 stopped', 'cron1 stopped', 'web3'])
  await root.stop()
})

test('a needed component that can not come back keeps those that need it down, and an unrelated one comes back meanwhile', async () => {
  const { spec, crash, fails } = app()
  const children = [spec('pool'), spec('web', ['pool']), spec('log')]
  const { root, clock, generations } = await running({ children, intensity: 9, backoff: { baseMs: 10_000, jitter: 0 } })
  fails.add('pool')
  crash('pool')
  await settled()
  assert.deepEqual(generations(), ['pool2 waiting', 'web1 waiting', 'log1'])
  crash('log')
  await clock.advance(10_000)
  assert.deepEqual(generations().slice(1), ['web1 waiting', 'log2'])
  fails.clear()
  await clock.advance(60_000)
  await settled()
  assert.deepEqual(
    generations().map(one => one.replace(/\d/, '')),
    ['pool', 'web', 'log'],
  )
  await root.stop()
  assert.equal(clock.pending(), 0)
})

test('while a dependency is down restarts wait for it, use up no budget, and follow when it is back', async () => {
  const { spec, crash, fails } = app()
  const reading = (usable: Usable) => ({ usable, state: usable, causes: [], since: 0 })
  const db = settableNeed('db', reading('full'))
  const { root, clock, names, generations } = await running({
    children: [spec('mailer', [{ heal: db }]), spec('log')],
    intensity: 1,
  })
  db.set(reading('none'))
  fails.add('mailer')
  crash('mailer')
  await clock.advance(60_000)
  assert.deepEqual(generations(), ['mailer1 waiting', 'log1'])
  assert.deepEqual(
    names().filter(name => /wait|restarting/.test(name)),
    ['child_restarting', 'child_waits'],
  )
  fails.clear()
  db.set(reading('read'))
  await clock.advance(1_500)
  assert.deepEqual(generations(), ['mailer2', 'log1'])
  db.set(reading('none'))
  await root.stop()
  assert.equal(clock.pending(), 0)
})

test('a child as a need: full while it runs, none while it is down, over all its lives; needed, it is the sibling it stands for', async () => {
  const { spec, crash, log } = app()
  const { root, handle, clock } = await running({ children: [spec('pool')], intensity: 9, backoff: { baseMs: 5_000, jitter: 0 } })
  const pool = handle.need('pool')
  const seen: string[] = []
  pool.watch(({ usable }) => seen.push(usable))
  assert.deepEqual([pool.name, pool.reading().usable, handle.need('pool')], ['app/pool', 'full', pool])
  await handle.startChild(spec('web', [pool]))
  log.length = 0
  crash('pool')
  await settled()
  assert.equal(log.join(' '), '-pool -web +pool +web')
  crash('pool')
  await settled()
  assert.equal(pool.reading().usable, 'none')
  await clock.advance(5_000)
  await settled()
  await handle.terminateChild('pool')
  assert.deepEqual(seen, ['none', 'full', 'none', 'full', 'none'])
  assert.throws(() => handle.need('nobody'), { code: 'SELFHEAL_CHILD_NOT_FOUND' })
  await root.stop()
})

test('circles, strangers, and needs that can not be are refused before anything runs, each with its place', async () => {
  const { spec, log } = app()
  const faulty: [SupervisorOptions, RegExp][] = [
    [{ children: [spec('a', ['b']), spec('b', ['a'])] }, /children\[0\]\.needs must not go round in a circle: a → b → a/],
    [{ children: [spec('a', ['a'])] }, /children\[0\]\.needs must not go round in a circle: a → a/],
    [{ children: [spec('a', ['nobody'])] }, /children\[0\]\.needs names "nobody", which is no sibling of it/],
    [{ children: [spec('a', [7 as never])] }, /children\[0\]\.needs must list ids of siblings, or needs/],
    [{ children: [spec('a', 'pool' as never)] }, /children\[0\]\.needs must be a list/],
  ]
  for (const [options, says] of faulty) assert.throws(() => supervisor(options), says)
  const { root, handle } = await running({})
  await assert.rejects(handle.startChild(spec('a', ['nobody'])), /app\/a: spec\.needs names "nobody", which is no child here yet/)
  const dynamic = await running({ strategy: 'dynamic' })
  const foreign = await dynamic.handle.startChild(spec('a'))
  await assert.rejects(handle.startChild(spec('b', [foreign as Child])), /spec\.needs lists a child of another supervisor/)
  await assert.rejects(dynamic.handle.startChild(spec('b', ['a'])), /spec\.needs must not name siblings/)
  await root.stop()
  await dynamic.root.stop()
  assert.deepEqual(log, ['+a', '-a'])
})
