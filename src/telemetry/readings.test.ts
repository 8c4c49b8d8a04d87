// Figures as text, and their bounds: what Prometheus reads, what the kernel's table says of a held port, what health is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldIn } from './accept-queue.ts'
import { healthOf, INSTRUMENTS, prometheusName, prometheusText, readings, type SeenPart } from './index.ts'

const program = (state: string, urls: readonly string[] = []): SeenPart => ({
  path: 'shop/web',
  kind: 'program',
  snapshot: { state, generation: 1, restarts: 2, urls },
})

test('a hostile name stays one label', () => {
  const all = readings()
  all.hear({ name: 'breaker.opened', source: 'db"}\n# TYPE x\\', data: {} })
  assert.deepEqual(prometheusText(all.samples([])).split('\n'), [
    '# HELP selfheal_breaker_transitions_total Changes of state of a breaker, by the state it went to',
    '# TYPE selfheal_breaker_transitions_total counter',
    'selfheal_breaker_transitions_total{breaker="db\\"}\\n# TYPE x\\\\",to="open"} 1',
    '',
  ])
})

test('labels without end do not fill the memory, and what is known counts on', () => {
  const all = readings()
  for (let i = 0; i < 3_000; i++) all.hear({ name: 'breaker.opened', source: `db-${i}`, data: {} })
  all.hear({ name: 'breaker.opened', source: 'db-0', data: {} })
  assert.equal(all.samples([]).length, 1_000)
  assert.equal(all.samples([])[0]?.value, 2)
})

test('two parts of one path are one series', () => {
  const spool = { path: 'app/spool', kind: 'spool', snapshot: { pending: 2 } }
  assert.deepEqual(
    readings()
      .samples([spool, { ...spool, snapshot: { pending: 3 } }])
      .map(one => one.value),
    [3],
  )
})

test('callers that wait on a held port are read from the kernel’s table', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue:rx_queue',
    '   0: 00000000:0BB8 00000000:0000 0A 00000000:0000000C 00:00000000',
    '   1: 0100007F:0BB8 0100007F:9999 01 00000000:00000040 00:00000000',
  ].join('\n')
  const [one, ...more] = heldIn(table, [
    program('ready', ['http://localhost:3000']),
    program('ready', ['unix:/x', 'http://localhost:3000']),
  ])
  assert.deepEqual(one, { name: 'selfheal.port.held_connections', labels: { port: '3000' }, value: 12 })
  assert.deepEqual(more, [])
})

test('health looks at programs alone: a dependency that is down changes nothing', () => {
  const down = { path: 'app/db', kind: 'dependency', snapshot: { usable: 'none', state: 'down' } }
  assert.equal(healthOf([program('ready'), down]).status, 'ok')
  assert.equal(healthOf([program('starting')]).status, 'starting')
  assert.equal(healthOf([program('crash-looping')]).status, 'degraded')
  assert.equal(healthOf(undefined).status, 'unknown')
})

test('the board asks only for figures that there are', async () => {
  const { readFile } = await import('node:fs/promises')
  const board = JSON.parse(await readFile(new URL('../../docs/grafana.json', import.meta.url), 'utf8'))
  const asked = board.panels.flatMap((panel: { targets: { expr: string }[] }) =>
    panel.targets.map(one => /selfheal_\w+/.exec(one.expr)?.[0]),
  )
  assert.ok(asked.length > 8)
  const known = Object.keys(INSTRUMENTS).map(prometheusName)
  assert.deepEqual(
    asked.filter((name: string) => !known.includes(name)),
    [],
  )
})

test('importing the room loads neither OpenTelemetry nor nodemailer', async () => {
  const { spawnSync } = await import('node:child_process')
  const code = `import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ resolve: (what, context, next) => (seen.push(what), next(what, context)) })
    await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
    console.log(JSON.stringify(seen))`
  const args = ['--conditions=@selfheal/source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
  const seen = JSON.parse(stdout || 'null') as readonly string[] | null
  assert.ok(seen?.includes('./reporter.ts'), stderr)
  assert.deepEqual(
    seen?.filter(one => /opentelemetry\/|nodemailer/.test(one)),
    [],
  )
})
