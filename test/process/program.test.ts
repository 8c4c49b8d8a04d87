// `selfheal run` with real processes, real sockets and real kill -9: what callers meet, and what the journal says of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { APP, ask, facts, freePort, isAlive, type Project, project, until } from './program/kit.ts'

const ready = (p: Project, generation = 1) =>
  until(`generation ${generation} to be ready`, async () => {
    const now = await facts(p)
    return now?.state === 'ready' && now.generation >= generation
  })
const serving = async (p: Project) => (await facts(p))!.pid!
const kill = async (p: Project) => {
  const pid = await serving(p)
  process.kill(pid, 'SIGKILL')
  await until(`pid ${pid} to be dead`, () => !isAlive(pid))
}
const exits = async (p: Project) =>
  (
    JSON.parse((await p.cli('journal', '--json', '--name', 'program.exited')).out) as {
      data: { data: Record<string, unknown>; because?: string; id: string }[]
    }
  ).data

test('a program killed three times under load refuses nobody', needs('linux'), async t => {
  const p = project(t, { 'app.mjs': APP })
  const port = await freePort()
  p.run('--port', String(port), '--', 'node', 'app.mjs')
  await ready(p)
  let over = false
  const asked: ReturnType<typeof ask>[] = []
  const callers = (async () => {
    for (; !over; await new Promise(resolve => setTimeout(resolve, 10))) asked.push(ask(port))
  })()
  for (let generation = 1; generation <= 3; generation++) {
    await kill(p)
    await ready(p, generation + 1)
  }
  over = true
  await callers
  const answers = await Promise.all(asked)
  const of = (kind: string) => answers.filter(answer => answer.kind === kind).length
  assert.equal(of('refused'), 0)
  assert.equal(of('other'), 0)
  assert.ok(of('reset') <= 9, `at most those in flight are lost, not ${of('reset')}`)
  assert.ok(of('ok') > 50)
})

test('two hundred callers who come while it is dead all get an answer from the next life', needs('linux'), async t => {
  const p = project(t, { 'app.mjs': `await new Promise(resolve => setTimeout(resolve, 400))\n${APP}` })
  const port = await freePort()
  p.run('--port', String(port), '--', 'node', 'app.mjs')
  await ready(p)
  await kill(p)
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask(port)))
  // It may answer before selfheal has heard that it is ready.
  await ready(p, 2)
  assert.deepEqual([...new Set(answers.map(answer => answer.kind))], ['ok'])
  assert.deepEqual([...new Set(answers.map(answer => answer.body))], [String(await serving(p))])
})

test('an unmodified app, through npm start and without --port, hands its port up', needs('linux'), async t => {
  const port = await freePort()
  const p = project(t, { 'app.mjs': APP.replace('Number(process.argv[2])', String(port)) })
  p.run('npm', 'start')
  await ready(p)
  const first = (await ask(port)).body
  await kill(p)
  const second = await ask(port)
  assert.equal(second.kind, 'ok')
  assert.notEqual(second.body, first)
})

test('a unix socket is held as a port is', needs('linux'), async t => {
  const p = project(t, { 'app.mjs': APP.replace('process.env.PORT ?? Number(process.argv[2])', 'process.argv[2]') })
  const path = `${p.folder}/shop.sock`
  p.run('--port', `unix:${path}`, '--', 'node', 'app.mjs', path)
  await ready(p)
  await kill(p)
  assert.equal((await ask(path)).kind, 'ok')
})

test('the journal tells exit code, signal, uncaught error, rejection, out of memory and hang apart', needs('linux'), async t => {
  const p = project(t, { 'app.mjs': APP })
  const port = await freePort()
  const run = p.run(
    '--port',
    String(port),
    '--hang',
    '1s',
    '--intensity',
    '20',
    '--backoff',
    '0',
    '--',
    'node',
    '--max-old-space-size=48',
    'app.mjs',
  )
  await ready(p)
  let generation = 1
  for (const path of ['/exit', '/throw', '/reject', '/leak', '/hang']) {
    void ask(port, path)
    await ready(p, ++generation)
  }
  await kill(p)
  await ready(p, ++generation)
  const told = await exits(p)
  assert.deepEqual(
    told.map(({ data }) => [data['what'], data['code'] ?? data['signal']]),
    [
      ['code', 7],
      ['uncaught', 'SIGTERM'],
      ['uncaught', 'SIGTERM'],
      ['oom', 'SIGABRT'],
      ['hang', 'SIGKILL'],
      ['signal', 'SIGKILL'],
    ],
  )
  const all = (
    JSON.parse((await p.cli('journal', '--json', '--level', 'debug', '--limit', '1000')).out) as {
      data: { id: string; name: string; because?: string; data: Record<string, unknown> }[]
    }
  ).data
  const hung = all.find(entry => entry.name === 'program.hung')!
  assert.match(String((hung.data['stack'] as string[])[0]), /stuckHere .*app\.mjs/)
  const uncaught = all.find(entry => entry.name === 'program.uncaught')!.data['error'] as Record<string, unknown>
  assert.deepEqual([uncaught['name'], uncaught['message']], ['TypeError', 'boom'])
  // started ← restarting ← exited (as the supervisor tells it) ← exited (as the program does)
  const byId = new Map(all.map(entry => [entry.id, entry]))
  const chain: string[] = []
  for (let entry = all.findLast(one => one.name === 'program.ready'); entry !== undefined; entry = byId.get(entry.because ?? ''))
    chain.push(entry.name)
  assert.deepEqual(chain.slice(0, 4), [
    'program.ready',
    'supervisor.child_restarting',
    'supervisor.child_exited',
    'program.exited',
  ])
  run.process.kill('SIGTERM')
  assert.equal(await run.exited, 0)
})

test('a stop lets the request in flight finish', needs('linux'), async t => {
  const p = project(t, { 'app.mjs': APP })
  const port = await freePort()
  const run = p.run('--port', String(port), '--', 'node', 'app.mjs')
  await ready(p)
  const slow = ask(port, '/slow')
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal((await p.cli('stop')).status, 0)
  assert.match((await slow).body ?? '', /^slow/)
  assert.equal(await run.exited, 0)
  assert.equal((await ask(port)).kind, 'refused')
})

test(
  'a program that ignores SIGTERM, and its child that holds the output open, are gone at the end of the grace',
  needs('linux'),
  async t => {
    const p = project(t, {
      'app.mjs': `process.on('SIGTERM', () => {})\nimport { spawn } from 'node:child_process'\nconst child = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: ['ignore', 'inherit', 'inherit'] })\nconsole.log('grandchild', child.pid)\n${APP}`,
    })
    const port = await freePort()
    const run = p.run('--port', String(port), '--grace', '500ms', '--drain', '100ms', '--', 'node', 'app.mjs')
    await ready(p)
    await run.says(/grandchild \d+/)
    const pids = [await serving(p), Number(/grandchild (\d+)/.exec(run.text())![1])]
    run.process.kill('SIGTERM')
    assert.equal(await run.exited, 0)
    await until('nobody to be left', () => !pids.some(isAlive))
  },
)

test(
  'kill -9 of selfheal leaves no process and no taken port, and the next one begins at once',
  needs('linux', 'python3'),
  async t => {
    const python =
      'import socket, time; s = socket.socket(fileno=3)\nwhile True: c, _ = s.accept(); c.recv(9999); c.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\npython"); c.close()'
    for (const command of [
      ['node', 'app.mjs'],
      ['sh', '-c', 'true && node app.mjs'],
      ['python3', '-c', python],
    ]) {
      const p = project(t, { 'app.mjs': APP })
      const port = await freePort()
      const run = p.run('--port', String(port), '--', ...command)
      await ready(p)
      assert.equal((await ask(port)).kind, 'ok')
      const pid = await serving(p)
      run.process.kill('SIGKILL')
      await run.exited
      await until('its program to end', () => !isAlive(pid))
      p.run('--port', String(port), '--', ...command)
      await ready(p)
      assert.equal((await ask(port)).kind, 'ok')
    }
  },
)

test('a second selfheal in the same folder is told who runs, and the first goes on', needs('linux'), async t => {
  const p = project(t, { 'app.mjs': APP })
  const port = await freePort()
  const run = p.run('--port', String(port), '--', 'node', 'app.mjs')
  await ready(p)
  const { status, err } = await p.cli('run', '--', 'node', 'app.mjs', '0')
  assert.equal(status, 5)
  assert.match(err, new RegExp(`pid ${run.process.pid}`))
  assert.equal((await ask(port)).kind, 'ok')
})

test('a crash loop ends in a standby on the same port, and a mended program takes over from it', needs('linux'), async t => {
  const p = project(t, { 'app.mjs': 'process.exit(3)' })
  const port = await freePort()
  const run = p.run('--port', String(port), '--intensity', '2', '--backoff', '1ms', '--', 'node', 'app.mjs')
  await run.says(/crashes again and again/)
  await until('the standby', async () => (await ask(port)).status === 503)
  const page = await ask(port, '/', { accept: 'text/html' })
  assert.match(String(page.headers!['content-type']), /text\/html/)
  assert.ok(Number(page.headers!['retry-after']) > 0)
  assert.equal(JSON.parse((await ask(port)).body!).code, 'SELFHEAL_STANDBY')
  assert.equal((await facts(p))!.state, 'crash-looping')
  p.write('app.mjs', APP)
  const { controlClient } = await import('selfheal/control')
  const restarted = controlClient(`${p.folder}/.selfheal`).act('shop/shop', 'restart', null, { by: 'test', why: 'mended' })
  let answer = await ask(port)
  for (; answer.status === 503; answer = await ask(port)) assert.equal(answer.kind, 'ok')
  await restarted
  assert.equal(answer.body, String(await serving(p)))
  const alarms = JSON.parse((await p.cli('journal', '--json', '--level', 'alarm')).out) as { data: { name: string }[] }
  assert.deepEqual(
    alarms.data.map(entry => entry.name),
    ['supervisor.crash_looping'],
  )
})

test('.env is read anew at a restart, and what it says is in no journal', needs('linux'), async t => {
  const p = project(t, {
    'app.mjs': APP.replace('response.end(String(process.pid))', 'response.end(process.env.GREETING)'),
    '.env': 'GREETING=hello-7731',
  })
  const port = await freePort()
  p.run('--port', String(port), '--', 'node', 'app.mjs')
  await ready(p)
  assert.equal((await ask(port)).body, 'hello-7731')
  p.write('.env', 'GREETING=goodbye-7731')
  await kill(p)
  assert.equal((await ask(port)).body, 'goodbye-7731')
  assert.doesNotMatch((await p.cli('journal', '--json', '--level', 'debug')).out, /7731/)
})

test('what cannot work is one clear line, a mend, and its exit code', needs('linux'), async t => {
  const p = project(t, { 'app.mjs': APP })
  const taken = await freePort()
  const other = project(t, { 'app.mjs': APP })
  other.run('--port', String(taken), '--', 'node', 'app.mjs')
  await ready(other)
  const theirs = /is taken by another selfheal, the one in (\S+) \(pid \d+ \(node\)\).*cd \1 && npx selfheal stop/s
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['frobnicate'], 2, /unknown command 'frobnicate'/],
    [['run', '--bogus', 'node'], 2, /unknown option '--bogus'/],
    [['run', 'no-such-program'], 2, /'no-such-program' was not found/],
    [['run', '--port', '70000', 'node', 'app.mjs'], 2, /1 to 65535/],
    [['run'], 2, /nothing to run/],
    [['run', 'npm', 'run', 'nope'], 2, /no script 'nope'/],
    [['run', '--grace', 'soon', 'node', 'app.mjs'], 2, /is a time such as/],
    [['run', '--', 'node', '-e', '0'], 1, /ended with 0 before it was ready/],
    [['run', '--port', String(taken), '--', 'node', 'app.mjs'], 3, theirs],
    [['run', '--', 'node', 'app.mjs', String(taken)], 3, theirs],
    [['run', '--port', `unix:${p.folder}/no/such.sock`, '--', 'node', 'app.mjs'], 2, /no folder for unix:.*mkdir -p/s],
    [['status'], 4, /No selfheal runs/],
    [['stop'], 4, /No selfheal runs/],
  ]
  for (const [args, status, says] of cases) {
    const answer = await p.cli(...args)
    assert.equal(answer.status, status, `${args.join(' ')}: ${answer.err}`)
    assert.match(answer.err, says)
    assert.doesNotMatch(answer.err, /\n(\S+ \|)?\s+at /, 'no stack')
  }
  assert.equal(await facts(p), undefined, 'nothing of them is left running')
})
