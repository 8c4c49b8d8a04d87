// Strategies between the programs of a configuration, with real processes: who is restarted with one that crashes, in which order, what a
// crash loop does to the others, and programs that are to run once.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { type Place, place } from './run/place.ts'

/** Says in a file when it starts and when it is asked to stop; ends with 0 at USR1. */
const JOB = `echo "$1 starts" >>log
trap 'echo "$1 stops" >>log; exit 0' TERM
trap 'exit 0' USR1
echo '{"v":1,"is":"ready"}' >&$SELFHEAL_FD
while :; do sleep 0.05 & wait $!; done
`
const WEB = `import { appendFileSync } from 'node:fs'
import http from 'node:http'
appendFileSync('log', 'web starts\\n')
process.on('SIGTERM', () => { appendFileSync('log', 'web stops\\n'); process.exit() })
http.createServer((_, response) => response.end(String(process.pid))).listen(Number(process.env.PORT))
`
const job = (name: string, more = '') => `${name}: { run: 'sh job.sh ${name}', ready: 'line', ports: [] ${more} }`
const files = (strategy: string, ...programs: readonly string[]) => ({
  'job.sh': JOB,
  'web.mjs': WEB,
  'selfheal.config.mts': `export default { strategy: '${strategy}', programs: { ${programs.join(',\n')} } }\n`,
})
/** What happened since, and in which order. */
const since = (p: Place) => {
  const told = readFileSync(`${p.folder}/log`, 'utf8').trim().split('\n')
  writeFileSync(`${p.folder}/log`, '')
  return told.filter(line => line !== '').join(', ')
}
const pids = (p: Place, ...names: readonly string[]) => Promise.all(names.map(async name => (await p.facts(name))?.pid))
const state = async (p: Place, name: string) => (await p.facts(name))?.state
const [worker, cron] = [job('worker', ", needs: ['web']"), job('cron', ", needs: ['worker']")]

test('one_for_one: it alone; what runs once stays down until it is started by hand', needs('linux'), async t => {
  const more = [job('once', ", restart: 'temporary'"), job('sync', ", restart: 'transient'")]
  const p = place(t, files('one_for_one', cron, worker, job('web'), ...more))
  p.run('--backoff', '10ms')
  await p.ready(1, 'sync')
  assert.equal(since(p), 'web starts, worker starts, cron starts, once starts, sync starts', 'each after what it needs')
  const others = await pids(p, 'web', 'cron')
  await p.kill('worker')
  await p.ready(2, 'worker')
  assert.deepEqual([since(p), await pids(p, 'web', 'cron')], ['worker starts', others])

  for (const pid of await pids(p, 'once', 'sync')) process.kill(pid!, 'SIGUSR1')
  for (const name of ['once', 'sync']) await until(`${name} to have ended`, async () => (await state(p, name)) === 'stopped')
  const started = await p.cli(['start', '--json'])
  assert.deepEqual(JSON.parse(started.out).data.started, ['once', 'sync'], started.out + started.err)
  assert.deepEqual([await state(p, 'once'), await state(p, 'sync')], ['ready', 'ready'])
  await p.kill('once')
  await p.kill('sync')
  await p.ready(3, 'sync')
  assert.equal(await state(p, 'once'), 'stopped', 'a crash brings back only the transient one')
  assert.equal(since(p), 'once starts, sync starts, sync starts')
  await p.whole('reload')
  assert.equal(await state(p, 'once'), 'stopped')
  assert.match((await p.cli(['restart', 'once'])).out, /Restarted once/)
})

test('rest_for_one: it and those after it, stopped in reverse and started in order', needs('linux'), async t => {
  const p = place(t, files('rest_for_one', job('web'), worker, cron))
  p.run()
  await p.ready(1, 'cron')
  since(p)
  const web = await pids(p, 'web')
  await p.kill('worker')
  await p.ready(2, 'cron')
  assert.deepEqual([since(p), await pids(p, 'web')], ['cron stops, worker starts, cron starts', web])
  await p.kill('web')
  await p.ready(3, 'cron')
  assert.equal(since(p), 'cron stops, worker stops, web starts, worker starts, cron starts')
})

test(
  'one_for_all: all; while one crash-loops the port of another is answered by its standby, and a start by hand brings all back',
  needs('linux'),
  async t => {
    const port = await freePort()
    const p = place(t, files('one_for_all', `web: { run: 'node web.mjs', ports: [${port}] }`, worker, cron))
    p.run('--intensity', '1')
    await p.ready(1, 'cron')
    since(p)
    await p.kill('worker')
    await p.ready(2, 'cron')
    assert.equal(since(p), 'cron stops, web stops, web starts, worker starts, cron starts')
    const tree = JSON.parse((await p.cli(['tree', '--json'])).out).data.tree[0]
    const { strategy, intensity, periodMs, budget } = tree.facts
    assert.deepEqual([strategy, intensity, periodMs, budget], ['one_for_all', 1, 60_000, 'child'])

    await p.kill('worker')
    await until('it to be crash-looping', async () => (await state(p, 'worker')) === 'crash-looping')
    assert.equal((await ask(port)).status, 503)
    assert.deepEqual([await state(p, 'web'), await state(p, 'cron')], ['waiting', 'waiting'])
    assert.match((await p.cli(['tree'])).out, /one_for_all.*\n.*web.2 .*waiting.*\n.*worker.2 +crash-looping/)
    const alarms = await p.journal({ level: 'alarm' })
    assert.deepEqual(
      alarms.map(({ name, source }) => `${name} ${source}`),
      ['supervisor.crash_looping shop/worker'],
    )
    const started = await p.cli(['start'])
    assert.equal(started.status, 0, started.err)
    for (let n = 0; n < 10; n++) assert.equal((await ask(port)).status, 200)
    assert.deepEqual([await state(p, 'worker'), await state(p, 'cron')], ['ready', 'ready'])

    await p.whole('stop', 'web')
    since(p)
    await p.kill('worker')
    await p.ready(4, 'cron')
    assert.equal(since(p), 'cron stops, worker starts, cron starts', 'what was stopped by hand stays so')
    for (let n = 0; n < 10; n++) assert.equal((await ask(port)).status, 503)

    p.write('selfheal.config.mts', `export default { strategy: 'one_for_all', programs: { ${job('cron')} } }\n`)
    await p.whole('reload')
    assert.equal((await ask(port)).kind, 'refused', 'one that is configured no more leaves nothing behind')
  },
)
