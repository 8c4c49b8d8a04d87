// Who may read the figures: beyond loopback nobody without the token, and without one `selfheal run` does not begin. And that the strict reader of
// the text format, which judges the real endpoint in telemetry.test.ts, can fail.
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { checkMetrics, endpoint, readings } from 'selfheal/telemetry'
import { freePort } from './program/kit.ts'
import { place } from './run/place.ts'
import { families } from './telemetry/exposition.ts'

const TOKEN = '0123456789abcdef'

test('beyond loopback run does not begin without a token, from the command line and from the file', async t => {
  const at = `0.0.0.0:${await freePort()}`
  const p = place(t, {
    'app.mjs': 'setInterval(() => {}, 1000)\n',
    'selfheal.config.mjs': `export default { programs: { web: { run: 'node app.mjs', ports: [] } }, metrics: '${at}' }`,
  })
  for (const words of [['run', '--metrics', at, 'node', 'app.mjs'], ['run']]) {
    const { status, err } = await p.cli(words)
    assert.equal(status, 2, err)
    assert.match(err, /can be read from other machines, and there is no token[\s\S]*Set SELFHEAL_METRICS_TOKEN/)
  }
  assert.throws(() => checkMetrics('nowhere', TOKEN), { code: 'SELFHEAL_METRICS_ADDRESS' })
})

test('with one, its own holder alone reads figures and health; live and ready tell anybody yes or no', async t => {
  for (const token of [undefined, 'short'])
    await assert.rejects(
      endpoint({ listen: '0.0.0.0:0', readings: readings(), parts: async () => [], ...(token === undefined ? {} : { token }) }),
      { code: 'SELFHEAL_METRICS_TOKEN' },
    )
  const web = { path: 'shop/web', kind: 'program', snapshot: { state: 'ready' } }
  const served = await endpoint({ listen: '0.0.0.0:0', token: TOKEN, readings: readings(), parts: async () => [web] })
  t.after(() => served.close())
  const { port } = new URL(served.url)
  // The machine's own address, as another machine would use it, where it has one.
  const own = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  const host = own.find(one => one.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1'
  const status = async (path: string, authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await fetch(`http://${host}:${port}${path}`, { headers })
    const text = await answer.text()
    if (answer.status === 401) assert.doesNotMatch(text, new RegExp(TOKEN))
    return answer.status
  }
  for (const path of ['/metrics', '/health', '/anything']) {
    assert.equal(await status(path), 401)
    assert.equal(await status(path, `Bearer ${TOKEN}x`), 401)
    assert.equal(await status(path, `Basic ${TOKEN}`), 401)
  }
  assert.equal(await status('/metrics', `Bearer ${TOKEN}`), 200)
  assert.equal(await status('/health', `Bearer ${TOKEN}`), 200)
  assert.equal(await status('/live'), 200)
})

test('the strict reader refuses what Prometheus would', () => {
  const head = '# HELP a_total says\n# TYPE a_total counter\n'
  assert.equal(families(`${head}a_total{k="v \\" \\\\ \\n"} 1\n`).get('a_total')?.series.size, 1)
  for (const [says, text] of [
    ['series twice', `${head}a_total{k="v",l="w"} 1\na_total{l="w",k="v"} 2\n`],
    ['TYPE twice', `${head}a_total 1\n# TYPE a_total counter\n`],
    ['HELP twice', `${head}a_total 1\n# HELP a_total says\n`],
    ['outside its family', `${head}b_total 1\n`],
    ['labels that can’t be read', `${head}a_total{k="v"w"} 1\n`],
    ['label twice', `${head}a_total{k="v",k="w"} 1\n`],
    ['no number', `${head}a_total one\n`],
    ['line feed', `${head}a_total 1`],
    ['ends in _total', '# HELP a says\n# TYPE a counter\na 1\n'],
    ['base unit', '# HELP a_milliseconds says\n# TYPE a_milliseconds gauge\na_milliseconds 1\n'],
    ['no sample', `${head.slice(0, -1)}\n`],
  ] as const)
    assert.throws(() => families(text), new RegExp(says), says)
})
