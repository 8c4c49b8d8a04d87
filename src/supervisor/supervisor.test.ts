// What goes beyond Erlang's cases: overlap, retirement, crash loops, what can't be stopped, and components that misbehave.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createEvents, currentFrame, type Event, runInFrame } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import {
  type Child,
  type Component,
  type Exit,
  type Life,
  type SupervisorOptions,
  service,
  startRoot,
  supervisor,
} from './index.ts'

interface Lived {
  readonly life: Life
  ready(): void
  fail(error?: Error): void
  retire(exit?: Exit): void
  exit(exit?: Exit): void
  killed: boolean
}

/** A component whose every step the test takes. By itself it is ready at once, and ends when asked. */
function driven(more: Partial<Component> & { slow?: boolean; deaf?: boolean; unkillable?: boolean } = {}) {
  const lives: Lived[] = []
  const { slow, deaf, unkillable, ...rest } = more
  const component: Component = {
    kind: 'program',
    start(life) {
      const started = Promise.withResolvers<Child>()
      const [retired, exited] = [Promise.withResolvers<Exit>(), Promise.withResolvers<Exit>()]
      const lived: Lived = {
        life,
        killed: false,
        ready: () => started.resolve({ handle: life.generation, retired: retired.promise, exited: exited.promise, kill }),
        fail: (error = new Error('failed to start')) => started.reject(error),
        retire: (exit = { reason: 'error' }) => retired.resolve(exit),
        exit: (exit = { reason: 'error', what: 'code', code: 1 }) => exited.resolve(exit),
      }
      const kill = () => {
        lived.killed = true
        if (unkillable !== true) exited.resolve({ reason: 'killed' })
        return unkillable !== true
      }
      lives.push(lived)
      if (deaf !== true)
        life.signal.addEventListener('abort', () => {
          started.reject(life.signal.reason)
          exited.resolve({ reason: 'shutdown' })
        })
      if (slow !== true) lived.ready()
      return started.promise
    },
    ...rest,
  }
  return { component, lives, last: () => lives.at(-1) ?? assert.fail('no life yet') }
}

async function running(options: SupervisorOptions) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const told: Event[] = []
  events.on('*', event => told.push(event))
  const root = await startRoot(supervisor(options), { clock, events, random: () => 0.5 })
  const { handle } = root
  const state = (id = 'a') => handle.whichChildren().find(child => child.id === id)?.state
  const names = () => told.map(({ name }) => name.replace('supervisor.', ''))
  return { clock, told, names, root, handle, state }
}

test('replace with overlap: the new life is ready before the old is asked to stop, which may end much later', async () => {
  const a = driven({ overlap: true, slow: true })
  const starting = running({ children: [{ id: 'a', component: a.component, shutdown: '7s' }] })
  a.last().ready()
  const { handle, clock, told, names, root } = await starting
  const { life: old } = a.last()
  const replaced = handle.replace('a')
  await turn()
  assert.deepEqual([old.signal.aborted, a.lives.length], [false, 2])
  assert.deepEqual([handle.whichChildren()[0]!.generation, handle.countChildren().active], [1, 1])
  a.last().ready()
  assert.equal((await replaced).handle, 2)
  assert.equal(old.signal.aborted, true)
  assert.deepEqual(told.find(({ name }) => name === 'supervisor.child_replaced')?.data, { id: 'a', generation: 2, before: 1 })
  assert.equal(names().includes('child_restarting'), false)
  await root.stop()
  assert.equal(clock.pending(), 0)
})

test('replace: a new life that fails, or is late, leaves the old one serving, and the reason is told', async () => {
  const a = driven({ overlap: true })
  const { handle, clock, root } = await running({ children: [{ id: 'a', component: a.component, startWithin: '30s' }] })
  const [old] = a.lives
  Object.assign(a.component, { start: () => Promise.reject(new Error('no such table')) })
  await assert.rejects(handle.replace('a'), /no such table/)
  Object.assign(a.component, driven({ overlap: true, slow: true }).component)
  const late = assert.rejects(handle.replace('a'), { code: 'SELFHEAL_CHILD_START_LATE' })
  await clock.advance(30_000)
  await late
  assert.deepEqual(
    [old!.life.signal.aborted, handle.whichChildren()[0]!.generation, handle.whichChildren()[0]!.state],
    [false, 1, 'running'],
  )
  await clock.advance(120_000)
  assert.equal(handle.whichChildren()[0]!.state, 'running')
  await root.stop()
})

test('one replace at a time, and a stop meanwhile ends both lives', async () => {
  const a = driven({ overlap: true, slow: true })
  const starting = running({ children: [{ id: 'a', component: a.component }] })
  a.last().ready()
  const { handle, root } = await starting
  const stopped = assert.rejects(handle.replace('a'), { code: 'SELFHEAL_CHILD_STOPPED' })
  await assert.rejects(handle.replace('a'), { code: 'SELFHEAL_CHILD_REPLACING' })
  assert.equal((await root.stop()).reason, 'shutdown')
  await stopped
  assert.deepEqual(
    a.lives.map(({ life }) => life.signal.aborted),
    [true, true],
  )
})

test('the old life that dies during a replace is counted, and the new one becomes its restart', async () => {
  const a = driven({ overlap: true, slow: true })
  const starting = running({ children: [{ id: 'a', component: a.component }] })
  a.last().ready()
  const { handle, state, names, root, clock } = await starting
  const replaced = handle.replace('a')
  await turn()
  a.lives[0]!.exit()
  await turn()
  assert.deepEqual([state(), a.lives.length, names().filter(n => n === 'child_restarting').length], ['restarting', 2, 1])
  a.last().fail()
  await assert.rejects(replaced, /failed to start/)
  await clock.advance(100)
  a.last().ready()
  await turn()
  assert.deepEqual([state(), a.lives.length], ['running', 3])
  await root.stop()
})

test('replace without overlap: the old one is stopped first; a new one that fails is restarted by the rule', async () => {
  const a = driven()
  const { handle, state, root, clock } = await running({ children: [{ id: 'a', component: a.component }] })
  assert.equal((await handle.replace('a')).handle, 2)
  assert.equal(a.lives[0]!.life.signal.aborted, true)
  const { start } = a.component
  Object.assign(a.component, { start: () => Promise.reject(new Error('bad build')) })
  await assert.rejects(handle.replace('a'), /bad build/)
  Object.assign(a.component, { start })
  await clock.advance(1_000)
  assert.equal(state(), 'running')
  await root.stop()
})

test('replace of one that waits for its restart tries at once; when that fails the wait goes on', async () => {
  const a = driven()
  const backoff = { baseMs: 10_000, jitter: 0 }
  const { handle, state, root, clock } = await running({ children: [{ id: 'a', component: a.component }], backoff, intensity: 5 })
  a.last().exit()
  await turn()
  a.last().exit()
  await clock.advance(4_000)
  assert.equal(state(), 'waiting')
  const { start } = a.component
  Object.assign(a.component, { start: () => Promise.reject(new Error('still bad')) })
  await assert.rejects(handle.replace('a'), /still bad/)
  Object.assign(a.component, { start })
  await clock.advance(5_999)
  assert.equal(state(), 'waiting')
  await clock.advance(1)
  assert.equal(state(), 'running')
  a.last().exit()
  await clock.advance(1)
  assert.equal((await handle.replace('a')).handle, handle.whichChildren()[0]!.generation)
  await root.stop()
})

test('one that is terminated while a replace tries its restart stays down', async () => {
  for (const strategy of ['one_for_one', 'dynamic'] as const) {
    const a = driven()
    const backoff = { baseMs: 10_000, jitter: 0 }
    const { handle, root, clock } = await running({ strategy, backoff, intensity: 5 })
    await handle.startChild({ id: 'a', component: a.component })
    for (let i = 0; i < 2; i++) {
      a.last().exit()
      await turn()
    }
    const slow = driven({ slow: true })
    Object.assign(a.component, slow.component)
    const refused = assert.rejects(handle.replace('a'), { code: 'SELFHEAL_CHILD_STOPPED' })
    await turn()
    await handle.terminateChild('a')
    await refused
    await clock.advance(60_000)
    assert.deepEqual([slow.lives.length, handle.countChildren().active, clock.pending()], [1, 0, 0])
    await root.stop()
  }
})

test('a retiring life is counted once, its successor starts at once, and a stop waits for both', async () => {
  const a = driven({ overlap: true, deaf: true })
  const { handle, told, root, clock } = await running({
    children: [{ id: 'a', component: a.component, shutdown: '7s' }],
    intensity: 1,
  })
  a.lives[0]!.retire({ reason: 'error', what: 'uncaught' })
  await turn()
  assert.deepEqual([a.lives.length, handle.countChildren().active, handle.whichChildren()[0]!.generation], [2, 1, 2])
  let over = false
  const stopped = root.stop().then(exit => {
    over = true
    return exit
  })
  a.lives[1]!.exit({ reason: 'shutdown' })
  await clock.advance(1_000)
  assert.equal(over, false)
  a.lives[0]!.exit()
  assert.equal((await stopped).reason, 'shutdown')
  assert.equal(told.filter(({ name }) => name === 'supervisor.child_restarting').length, 1)
  assert.deepEqual(
    told
      .filter(({ name }) => /retired|exited/.test(name))
      .map(({ name, data }) => `${name} ${(data as { generation: number }).generation}`),
    ['supervisor.child_retired 1', 'supervisor.child_exited 2', 'supervisor.child_exited 1'],
  )
})

test('a retiring life that never ends is killed when its time is up, and its successor does not notice', async () => {
  for (const unkillable of [false, true]) {
    const a = driven({ overlap: true, deaf: true, unkillable })
    const { state, names, root, clock } = await running({ children: [{ id: 'a', component: a.component, shutdown: '7s' }] })
    a.lives[0]!.retire()
    await clock.advance(6_999)
    assert.equal(a.lives[0]!.killed, false)
    await clock.advance(2_000)
    assert.deepEqual([a.lives[0]!.killed, state(), names().includes('child_unstopped')], [true, 'running', unkillable])
    if (unkillable) for (const lived of a.lives) lived.exit()
    const stopped = root.stop()
    await clock.advance(20_000)
    await stopped
  }
})

test('whether lives may overlap is asked when one retires: its port may be held only since it was ready', async () => {
  const a = driven()
  const { state, root } = await running({ children: [{ id: 'a', component: a.component }] })
  Object.assign(a.component, { overlap: true })
  a.last().retire()
  await turn()
  assert.deepEqual([a.lives.length, state()], [2, 'running'])
  await root.stop()
})

test('retired is heeded only where lives may overlap', async () => {
  const a = driven()
  const { state, root } = await running({ children: [{ id: 'a', component: a.component }] })
  a.last().retire()
  await turn()
  assert.deepEqual([a.lives.length, state()], [1, 'running'])
  await root.stop()
})

test('crash-looping: the standby runs while the child is down, ends after a try is ready, and one alarm is told', async () => {
  const [a, standby] = [driven(), driven()]
  const { state, handle, told, names, root, clock } = await running({
    children: [{ id: 'a', component: a.component }],
    intensity: 2,
    budget: 'child',
    exhausted: { retryEvery: '60s', meanwhile: id => (id === 'a' ? standby.component : undefined) },
  })
  for (let i = 0; i < 3; i++) {
    a.last().exit()
    await clock.advance(500)
  }
  assert.deepEqual([state(), a.lives.length, standby.lives.length], ['waiting', 3, 1])
  assert.deepEqual([standby.last().life.path, handle.countChildren().active], ['app/a/meanwhile', 0])
  standby.last().exit()
  await clock.advance(1_000)
  assert.equal(standby.lives.length, 2)
  await clock.advance(60_000)
  assert.deepEqual([state(), a.lives.length, standby.last().life.signal.aborted], ['running', 4, true])
  a.last().exit()
  await clock.advance(1)
  assert.deepEqual([state(), standby.lives.length], ['waiting', 3])
  await clock.advance(60_000)
  assert.equal(state(), 'running')
  assert.equal(names().includes('recovered'), false)
  await clock.advance(60_000)
  assert.deepEqual([names().filter(n => n === 'crash_looping').length, names().filter(n => n === 'recovered').length], [1, 1])
  assert.deepEqual(
    told.filter(({ level }) => level === 'alarm').map(({ name }) => name),
    ['supervisor.crash_looping'],
  )
  a.last().exit()
  await turn()
  assert.equal(state(), 'running')
  await root.stop()
  assert.equal(clock.pending(), 0)
})

test('siblings that are down because one crash-loops have a standby too; who has one of them replaced has all tried now', async () => {
  const [web, worker, standby] = [driven(), driven(), driven()]
  const { state, handle, root, clock, names } = await running({
    strategy: 'one_for_all',
    children: [
      { id: 'web', component: web.component },
      { id: 'worker', component: worker.component },
    ],
    intensity: 1,
    budget: 'child',
    exhausted: { retryEvery: '60s', meanwhile: id => (id === 'web' ? standby.component : undefined) },
  })
  worker.last().exit()
  await clock.advance(1_000)
  assert.deepEqual([state('web'), state('worker'), standby.lives.length], ['running', 'running', 0])
  worker.last().exit()
  await clock.advance(1_000)
  assert.deepEqual([state('web'), state('worker')], ['waiting', 'waiting'])
  assert.deepEqual([standby.lives.length, standby.last().life.path], [1, 'app/web/meanwhile'])
  standby.last().exit()
  await clock.advance(1_000)
  assert.equal(standby.lives.length, 2, 'it is kept going')
  const replaced = handle.replace('web')
  await clock.advance(1)
  assert.equal((await replaced).handle, 3)
  assert.deepEqual([state('web'), state('worker'), standby.last().life.signal.aborted], ['running', 'running', true])
  assert.equal(names().filter(name => name === 'recovered').length, 1)
  worker.last().exit()
  await clock.advance(1_000)
  assert.deepEqual(
    [state('web'), state('worker'), standby.lives.length],
    ['running', 'running', 2],
    'what it did before is forgotten',
  )
  await root.stop()
  assert.equal(clock.pending(), 0)
})

test('a group that is tried by hand and fails again says why, and waits on', async () => {
  const [web, worker] = [driven(), driven()]
  let broken = false
  const failing: Component = {
    ...worker.component,
    start: life => (broken ? Promise.reject(new Error('no such table')) : worker.component.start(life)),
  }
  const { state, handle, root, clock } = await running({
    strategy: 'rest_for_one',
    children: [
      { id: 'web', component: web.component },
      { id: 'worker', component: failing },
      { id: 'cron', component: driven().component },
    ],
    intensity: 0,
    exhausted: { retryEvery: '60s' },
  })
  broken = true
  worker.last().exit()
  await clock.advance(1_000)
  assert.deepEqual([state('web'), state('worker'), state('cron')], ['running', 'waiting', 'waiting'])
  const tried = assert.rejects(handle.replace('cron'), /no such table/)
  await clock.advance(1)
  await tried
  assert.equal(state('cron'), 'waiting')
  broken = false
  await clock.advance(80_000)
  assert.deepEqual([state('web'), state('worker'), state('cron')], ['running', 'running', 'running'])
  await root.stop()
})

test('retriesFirst: a first start that failed is tried again by the rule, its siblings start meanwhile, other errors fail the start', async () => {
  const b = driven()
  const late = Object.assign(new Error('database not up'), { code: 'LATE' })
  const good = driven()
  let failures = 2
  const start: Component['start'] = life => (failures-- > 0 ? Promise.reject(late) : good.component.start(life))
  const exhausted = { retryEvery: '60s', retriesFirst: (error: unknown) => error === late } as const
  const children = [
    { id: 'a', component: { ...good.component, start } },
    { id: 'b', component: b.component },
  ]
  const { state, root, clock, names } = await running({ children, exhausted })
  assert.equal(state('b'), 'running')
  await clock.advance(1_000)
  assert.deepEqual([state('a'), names().filter(name => name === 'child_start_failed').length], ['running', 2])
  await root.stop()
  const bad = { ...good.component, start: () => Promise.reject(new Error('no such file')) }
  await assert.rejects(running({ children: [{ id: 'a', component: bad }], exhausted }), { code: 'SELFHEAL_CHILD_START_FAILED' })
})

test('a crash-looping child that then ends for good leaves no standby behind', async () => {
  const [a, standby] = [driven(), driven()]
  const exhausted = { retryEvery: '60s', meanwhile: standby.component } as const
  const { state, root, clock } = await running({
    children: [{ id: 'a', component: a.component, restart: 'transient' }],
    intensity: 0,
    exhausted,
  })
  a.last().exit()
  await clock.advance(60_000)
  assert.equal(state(), 'running')
  a.last().exit({ reason: 'normal' })
  await clock.advance(120_000)
  assert.deepEqual([state(), standby.lives.length, clock.pending()], ['stopped', 1, 0])
  await root.stop()
})

test('a stop while crash-looping ends the standby too', async () => {
  const [a, standby] = [driven(), driven()]
  const exhausted = { retryEvery: '60s', meanwhile: standby.component } as const
  const { root, clock } = await running({ children: [{ id: 'a', component: a.component }], intensity: 0, exhausted })
  a.last().exit()
  await turn()
  assert.equal(standby.lives.length, 1)
  assert.equal((await root.stop()).reason, 'shutdown')
  assert.deepEqual([standby.last().life.signal.aborted, clock.pending()], [true, 0])
})

test('with a budget for each child, the crashes of one do not use up those of another', async () => {
  const [a, b] = [driven(), driven()]
  const children = [a, b].map(({ component }, i) => ({ id: 'ab'[i]!, component }))
  const { state, root, clock } = await running({ children, intensity: 2, budget: 'child' })
  for (const child of [a, b, a, b]) {
    child.last().exit()
    await clock.advance(200)
  }
  assert.deepEqual([state('a'), state('b')], ['running', 'running'])
  a.last().exit()
  assert.equal((await root.exited).what, 'escalated')
})

test('a start that never settles is asked to give up, given up, and tried again by the rule', async () => {
  const a = driven({ slow: true, deaf: true })
  const starting = running({ children: [{ id: 'a', component: a.component, startWithin: '30s' }] })
  a.last().ready()
  const { state, told, root, clock } = await starting
  a.last().exit()
  await turn()
  await clock.advance(30_000)
  const [, second] = a.lives
  assert.deepEqual([second!.life.signal.aborted, state()], [true, 'restarting'])
  await clock.advance(1_000)
  const unstopped = told.find(({ name }) => name === 'supervisor.child_unstopped')
  assert.deepEqual([unstopped!.level, (unstopped!.data as { during?: string }).during], ['alarm', 'start'])
  await clock.advance(100)
  assert.equal(a.lives.length, 3)
  a.last().ready()
  await turn()
  assert.equal(state(), 'running')
  // The one that was given up comes after all: it must not stay.
  second!.ready()
  await turn()
  assert.equal(second!.killed, true)
  const stopped = root.stop()
  await clock.advance(20_000)
  await stopped
})

test('what can neither be asked nor killed is named with its time, and ends its supervisor, up to the root', async () => {
  const stuck = driven({ deaf: true, unkillable: true })
  const sibling = driven()
  const inner = supervisor({ children: [{ id: 'stuck', component: stuck.component, shutdown: '2s' }] })
  const children = [
    { id: 'sibling', component: sibling.component },
    { id: 'inner', component: inner },
  ]
  const { handle, told, root, clock } = await running({ children })
  const refused = assert.rejects(handle.replace('inner'))
  await clock.advance(2_000)
  await refused
  const { data, level, source } = told.find(({ name }) => name === 'supervisor.child_unstopped')!
  assert.deepEqual([source, level, (data as { forMs: number }).forMs], ['app/inner/stuck', 'alarm', 2_000])
  assert.deepEqual(await root.exited, { reason: 'error', what: 'escalated', info: { unstopped: ['app/inner/stuck'] } })
  assert.equal(sibling.last().life.signal.aborted, true)
})

test('terminateChild of what does not end rejects, and the child is shown as unstopped until it does', async () => {
  const a = driven({ deaf: true, unkillable: true })
  const exhausted = { retryEvery: '60s' } as const
  const { handle, state, clock, root } = await running({
    children: [{ id: 'a', component: a.component, shutdown: '2s' }],
    exhausted,
  })
  const refused = assert.rejects(handle.terminateChild('a'), { code: 'SELFHEAL_CHILD_UNSTOPPED', path: 'app/a' })
  await clock.advance(2_000)
  await refused
  assert.equal(state(), 'unstopped')
  a.last().exit({ reason: 'shutdown' })
  await turn()
  assert.equal(state(), 'stopped')
  assert.equal((await root.stop()).reason, 'shutdown')
})

test('badly behaved components are failed starts and crashes like any other', async () => {
  const bad: Record<string, Component['start']> = {
    'throws at once': () => {
      throw new Error('sync')
    },
    'rejects with nothing': () => Promise.reject(),
    'an exited that rejects': async () => ({ handle: 0, exited: Promise.reject(new Error('liar')), kill: () => true }),
    'an exited without a reason': async () => ({ handle: 0, exited: Promise.resolve(undefined as never), kill: () => true }),
    'a child whose properties throw': async () =>
      new Proxy({} as Child, { get: (_, key) => (key === 'then' ? undefined : assert.fail()) }),
    'a kill that throws': async life => {
      const exited = new Promise<Exit>(resolve => life.signal.addEventListener('abort', () => resolve({ reason: 'shutdown' })))
      return { handle: 0, exited, kill: () => assert.fail('kill') }
    },
  }
  for (const [what, start] of Object.entries(bad)) {
    const a = driven()
    const { handle, state, root, clock } = await running({ children: [{ id: 'a', component: a.component }], intensity: 1_000 })
    const good = a.component.start
    Object.assign(a.component, { start })
    a.last().exit()
    for (let i = 0; i < 3; i++) await clock.advance(1_000)
    Object.assign(a.component, { start: good })
    await clock.advance(30_000)
    if (what !== 'a kill that throws') assert.deepEqual([what, state()], [what, 'running'])
    assert.equal(handle.whichChildren().length, 1, what)
    const stopped = root.stop()
    await clock.advance(20_000)
    assert.equal((await stopped).reason, 'shutdown', what)
  }
})

test('each event names the one it came of: exit, restart, start, and the exit of the old by its replacement', async () => {
  const a = driven({ overlap: true })
  const { handle, told, root } = await running({ children: [{ id: 'a', component: a.component }] })
  a.last().exit({ reason: 'error', what: 'signal', signal: 'SIGKILL', event: 'boot.7' })
  await turn()
  await handle.replace('a')
  await root.stop()
  const numbers = new Map(told.map(({ id }, i) => [id, i]))
  const chain = told.map(({ name, because }) => `${name.slice(11)} ← ${numbers.get(because ?? '') ?? because}`)
  assert.deepEqual(chain, [
    'child_started ← undefined',
    'child_exited ← boot.7',
    'child_restarting ← 1',
    'child_started ← 2',
    'child_started ← undefined',
    'child_replaced ← 4',
    'child_exited ← 5',
    'child_exited ← undefined',
  ])
})

test('what is told of an error is plain data, never the live error', async () => {
  const a = driven()
  const { told, root } = await running({ children: [{ id: 'a', component: a.component }] })
  a.last().exit({
    reason: 'error',
    what: 'uncaught',
    error: Object.assign(new TypeError('x is not a function'), { code: 'E_X', secret: 'k' }),
  })
  await turn()
  const { data } = told.find(({ name }) => name === 'supervisor.child_exited')!
  const { error } = data as unknown as { error: { name: string; message: string; code: string; stack: string[] } }
  assert.deepEqual(
    [error.name, error.message, error.code, Object.keys(error).length],
    ['TypeError', 'x is not a function', 'E_X', 4],
  )
  assert.ok(error.stack.length >= 1 && error.stack.length <= 5)
  assert.deepEqual(JSON.parse(JSON.stringify(data)), data)
  await root.stop()
})

test("a child's code runs as its own owner, in no request's context, whoever started or crashed it", async () => {
  const owners: (string | undefined)[] = []
  const a = driven()
  const { start } = a.component
  const component = {
    ...a.component,
    start(life: Life) {
      owners.push(currentFrame()?.owner, String(currentFrame()?.deadline))
      return start(life)
    },
  }
  const { handle, root } = await running({})
  await runInFrame({ deadline: 5, owner: 'some/request' }, () => handle.startChild({ id: 'a', component }))
  runInFrame({ deadline: 5, owner: 'some/request' }, () => a.last().exit())
  await turn()
  assert.deepEqual(owners, ['app/a', 'Infinity', 'app/a', 'Infinity'])
  await root.stop()
})

test('a stop during the start ends what was started, in reverse, and the start rejects', async () => {
  const [a, b] = [driven(), driven({ slow: true })]
  const component = supervisor({ children: [a, b].map((child, i) => ({ id: 'ab'[i]!, component: child.component })) })
  const { handle, root } = await running({})
  const refused = assert.rejects(handle.startChild({ id: 'inner', component }), { code: 'SELFHEAL_CHILD_STOPPED' })
  while (b.lives.length === 0) await turn()
  assert.equal((await root.stop()).reason, 'shutdown')
  await refused
  assert.deepEqual([a.last().life.signal.aborted, b.last().life.signal.aborted], [true, true])
})

test('a stopped supervisor refuses what would start something', async () => {
  const a = driven()
  const { handle, root } = await running({ children: [{ id: 'a', component: a.component }] })
  await root.stop()
  const code = 'SELFHEAL_SUPERVISOR_STOPPED'
  await assert.rejects(handle.startChild({ id: 'b', component: a.component }), { code })
  await assert.rejects(handle.restartChild('a'), { code })
  await assert.rejects(handle.replace('a'), { code })
  await handle.terminateChild('a')
})

test('killing a supervisor kills everything below it', async () => {
  const a = driven({ deaf: true })
  const inner = supervisor({ children: [{ id: 'a', component: a.component }] })
  const { handle, root } = await running({ children: [{ id: 'inner', component: inner, shutdown: 'brutal_kill' }] })
  await handle.terminateChild('inner')
  assert.equal(a.last().killed, true)
  assert.equal((await root.stop()).reason, 'shutdown')
})

test('a child that crashes at each start cannot hold the event loop, even without any wait', async () => {
  const component = service(() => Promise.reject(new Error('at once')))
  const backoff = { baseMs: 0 }
  const root = await startRoot(supervisor({ children: [{ id: 'a', component }], intensity: 1_000_000, backoff }))
  let turns = 0
  for (; turns < 20; turns++) await turn()
  assert.equal(turns, 20)
  assert.ok(root.handle.whichChildren()[0]!.restarts > 0)
  await root.stop()
})
