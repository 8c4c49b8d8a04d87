// `selfheal drill crash` as a person uses it: against a real `selfheal run`, with a real kill -9, and against the same program bare.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { node } from '../node.ts'

const bin = join(import.meta.dirname, '..', '..', 'bin', 'selfheal.js')
const folder = mkdtempSync(join(tmpdir(), 'selfheal-drill-'))
const { NODE_OPTIONS: _, NODE_ENV: __, ...inherited } = process.env
const env = { ...inherited, SELFHEAL_STATE: join(folder, 'state') }

/** Notes each of its lives: pid and port. */
const APP = `
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
const server = createServer((request, response) => {
  if (request.url === '/missing') response.statusCode = 404
  setTimeout(() => response.end('here'), 5)
})
server.listen(Number(process.env.PORT), () => appendFileSync('lives', process.pid + ' ' + process.env.PORT + '\\n'))
`
let run: ChildProcess
let port = 0

before(async () => {
  port = await freePort()
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "type": "module" }')
  writeFileSync(join(folder, 'app.js'), APP)
  writeFileSync(join(folder, 'lives'), '')
  // Without a configuration: the bare program is started as this one was.
  run = spawn(node, [bin, 'run', '--port', String(port), node, 'app.js'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await until(() => lives().length === 1)
  await until(async () => (await selfheal('status', '--json')).code === 0)
})
after(async () => {
  run.kill('SIGTERM')
  if (run.exitCode === null) await once(run, 'exit')
  rmSync(folder, { recursive: true, force: true })
})

test('nobody is refused while the program is killed under load; what came of it is told in figures', async () => {
  const { code, out } = await selfheal('drill', 'crash', '--json', '--rate', '50', '--duration', '2s')
  const { v, ok, data } = JSON.parse(out)
  assert.deepEqual([v, ok], [1, true])
  assert.equal(code, data.verdict === 'yes' ? 0 : 1)
  const { requests, failed, failedElsewhere, strikes } = data.figures
  assert.equal(requests, 100)
  assert.equal(failed.refused, 0)
  assert.equal(failedElsewhere, 0)
  assert.equal(strikes.length, 1)
  const [first, second] = lives()
  assert.equal(strikes[0].life.pid, first?.pid)
  assert.equal(strikes[0].successor.pid, second?.pid)
  for (const time of ['detectedMs', 'backMs', 'readyMs']) assert.equal(typeof strikes[0][time], 'number', time)
  assert.equal(data.timeline.columns.length, 8)
})

test('the page for people has the picture, the figures, the verdict and the command', async () => {
  const { out, err } = await selfheal('drill', 'crash', '--rate', '20', '--duration', '1s', '--path', '/?a=1')
  assert.match(out, /▼ kill -9 \(pid \d+\)\n {2}[·▒x]{4}\n/)
  assert.match(out, /refused 0 · reset \d/)
  assert.match(out, /The verdict is (yes|no)\./)
  assert.match(out, /Again: npx selfheal drill crash --rate 20 --duration 1s --path '\/\?a=1'\n$/)
  assert.equal(err, '', 'no progress is written where no terminal is')
})

test('what fails already is not broken on top of it', async () => {
  const life = lives().at(-1)
  const { code, out } = await selfheal('drill', 'crash', '--json', '--rate', '20', '--duration', '1s', '--path', '/missing')
  assert.equal(code, 1)
  assert.equal(JSON.parse(out).data.verdict, 'no_steady_state')
  assert.deepEqual(lives().at(-1), life)
})

test('the same program bare refuses callers once it is killed, and is gone after the drill', async () => {
  const { code, out } = await selfheal('drill', 'crash', '--json', '--rate', '50', '--duration', '2s', '--without', 'supervision')
  const { data } = JSON.parse(out)
  assert.equal(code, 1)
  assert.equal(data.arm, 'control')
  assert.equal(data.verdict, 'no')
  assert.ok(data.figures.failed.refused > 0)
  assert.equal(data.figures.strikes[0].backMs, null)
  const life = lives().at(-1)!
  assert.notEqual(life.port, port)
  assert.equal(isAlive(life.pid), false)
})

for (const [says, signal, code] of [['Ctrl-C', 'SIGINT', 130], ['kill -9', 'SIGKILL', null]] as const) // biome-ignore format: a table
  test(`${says} of the drill leaves nothing of the control arm behind`, async () => {
    const count = lives().length
    const drill = spawn(node, [bin, 'drill', 'crash', '--without', 'supervision', '--duration', '10m'], {
      cwd: folder,
      env,
      stdio: 'ignore',
    })
    await until(() => lives().length > count)
    const { pid } = lives().at(-1)!
    assert.equal(isAlive(pid), true)
    drill.kill(signal)
    const [exit] = await once(drill, 'exit')
    assert.equal(exit, code)
    await until(() => !isAlive(pid))
  })

test('in production it refuses, and kills nobody', async () => {
  const life = lives().length
  const { code, err } = await selfhealWith({ NODE_ENV: 'production' }, 'drill', 'crash', '--duration', '1s', '--yes-really')
  assert.equal(code, 3)
  assert.match(err, /three ways; missing: SELFHEAL_DRILL_PRODUCTION=shop/)
  assert.equal(lives().length, life)
})

test('where nothing runs, or something is misspelt, one line says what to do', async () => {
  const nothing = await selfheal('drill', 'crash', '--state', join(folder, 'none'))
  assert.equal(nothing.code, 4)
  assert.match(nothing.err, /selfheal run/)
  for (const words of [
    ['crsh'],
    ['crash', '--rate', '0'],
    ['crash', '--kills', 'x'],
    ['crash', '--path', 'health'],
    ['crash', '--program', 'ap'],
  ]) {
    const { code, err, out } = await selfheal('drill', ...words)
    assert.equal(code, 2, words.join(' '))
    assert.match(err, /^selfheal: .+\n {2}.+\n$/, words.join(' '))
    assert.equal(out, '')
  }
})

function selfheal(...words: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return selfhealWith({}, ...words)
}

async function selfhealWith(more: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const child = spawn(node, [bin, ...words], { cwd: folder, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => (out += text))
  child.stderr.setEncoding('utf8').on('data', text => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

function lives(): readonly { readonly pid: number; readonly port: number }[] {
  const lines = readFileSync(join(folder, 'lives'), 'utf8').split('\n').filter(Boolean)
  return lines.map(line => ({ pid: Number(line.split(' ')[0]), port: Number(line.split(' ')[1]) }))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** As long as it takes: the test has its own limit. */
async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) {
    assert.equal(run.exitCode, null, 'selfheal run has ended')
    await wait(20)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}
