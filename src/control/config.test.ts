import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ConfigError, SelfhealError } from '../core/index.ts'
import { config } from './config.ts'
import { checkConfig } from './config-schema.ts'
import { loadConfig } from './load-config.ts'

function faultsOf(value: unknown): readonly string[] {
  try {
    checkConfig(value)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.faults.map(({ at, says }) => `${at} ${says}`)
  }
  return []
}

test('a whole configuration is taken as it is', () => {
  const whole = config({
    state: '.state',
    programs: {
      database: { run: 'node database.js', ready: 'line' },
      app: {
        run: 'node app.js',
        ports: [3000, '[::1]:3001', 'unix:/run/app.sock'],
        needs: ['database'],
        env: { A: 'b' },
        cwd: '.',
        restart: 'permanent',
        startWithin: '30s',
        grace: 8_000,
        drain: '7s',
        hang: '10s',
      },
    },
    journal: { keepFor: '7d', keepRows: 10_000 },
    guards: { stripe: { timeout: '2s' } },
    notify: {},
    drills: {},
  })
  assert.deepEqual(checkConfig(whole), whole)
  assert.deepEqual(checkConfig({}), {})
})

test('every fault is told at once, each with its place', () => {
  const faults = faultsOf({
    programs: {
      app: { prots: [3000], runs: 1, grace: 'soon', restart: 'always', env: { PORT: 3000 }, ports: ['', 0] },
      Web: { run: 'x' },
    },
    journal: { keepRows: 1 },
    colour: 'blue',
  })
  assert.deepEqual(faults.toSorted(), [
    'colour unknown; known: state, strategy, programs, guards, metrics, notify, journal, drills',
    'journal.keepRows must be a whole number, at least 1000',
    'programs.Web is no name: begin with a letter, then a-z, 0-9 and -, all lower-case',
    'programs.app.env.PORT must be text: put it in quotes',
    "programs.app.grace must be milliseconds, or text such as '8s'",
    "programs.app.ports[0] must be a port from 1 to 65535, 'host:port' or 'unix:/path'",
    "programs.app.ports[1] must be a port from 1 to 65535, 'host:port' or 'unix:/path'",
    'programs.app.prots unknown; did you mean ports?',
    "programs.app.restart must be 'permanent' or 'transient' or 'temporary'",
    "programs.app.run is missing: such as { run: 'node server.js' }",
    'programs.app.runs unknown; did you mean run?',
  ])
})

test('what is no configuration at all is refused', () => {
  for (const value of [null, undefined, 7, 'x', [], () => {}]) assert.deepEqual(faultsOf(value).length, 1, String(value))
  assert.deepEqual(faultsOf({ programs: { app: 'node x' } }), [
    "programs.app must be an object: such as { run: 'node server.js' }",
  ])
})

test('needs must name programs, and a circle is named', () => {
  const run = 'x'
  assert.deepEqual(faultsOf({ programs: { app: { run, needs: ['databse'] }, database: { run } } }), [
    'programs.app.needs[0] names no program (databse); did you mean database?',
  ])
  assert.deepEqual(faultsOf({ programs: { a: { run, needs: ['b'] }, b: { run, needs: ['c'] }, c: { run, needs: ['b'] } } }), [
    'programs.b.needs goes in a circle: b needs c needs b',
  ])
  assert.deepEqual(faultsOf({ programs: { a: { run, needs: ['a'] } } }), ['programs.a.needs goes in a circle: a needs a'])
})

test('a port that two programs ask for is a fault', () => {
  assert.deepEqual(faultsOf({ programs: { a: { run: 'x', ports: [3000] }, b: { run: 'y', ports: ['3000'] } } }), [
    'programs.b.ports[0] is used twice: 3000 is programs.a.ports[0] too',
  ])
})

function project(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const GOOD = "export default { programs: { app: { run: 'node app.js' } } }"

async function refusal(work: Promise<unknown>): Promise<SelfhealError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  )
  assert.ok(error instanceof SelfhealError, String(error))
  return error
}

test('the file is found upward, no further than the nearest package.json, .ts before .mts', async t => {
  const cwd = project(t, {
    'selfheal.config.mjs': GOOD,
    'app/package.json': '{"type":"module"}',
    'app/deep/x': '',
    'app/selfheal.config.mts': 'export default { state: "mts" as string }',
    'app/selfheal.config.ts': 'export default { state: "ts" as string }',
    'other/package.json': '{}',
  })
  const found = await loadConfig({ cwd: join(cwd, 'app/deep') })
  assert.equal(found?.file, join(cwd, 'app/selfheal.config.ts'))
  assert.equal(found?.config.state, 'ts')
  assert.equal(await loadConfig({ cwd: join(cwd, 'other') }), undefined)
})

test('a file that was named must be there', async t => {
  const error = await refusal(loadConfig({ cwd: project(t, {}), file: 'my.config.mjs' }))
  assert.equal(error.code, 'SELFHEAL_CONFIG_MISSING')
})

test('export under "type": "commonjs" is told with the name that works', async t => {
  for (const [ending, works] of [
    ['ts', 'mts'],
    ['js', 'mjs'],
  ]) {
    const cwd = project(t, { 'package.json': '{"type":"commonjs"}', [`selfheal.config.${ending}`]: GOOD })
    const error = await refusal(loadConfig({ cwd }))
    assert.match(error.message, /"type": "commonjs"/)
    assert.match(error.mend, new RegExp(`selfheal\\.config\\.${works}`))
  }
})

test('a syntax error is told with its line', async t => {
  for (const ending of ['mts', 'mjs']) {
    const cwd = project(t, {
      'package.json': '{}',
      [`selfheal.config.${ending}`]: 'export default {\n  state: "x",\n  programs: { ] }\n}\n',
    })
    const error = await refusal(loadConfig({ cwd }))
    assert.equal(error.code, 'SELFHEAL_CONFIG_UNREADABLE')
    assert.match(error.message, /line 3/, ending)
  }
})

test('a file without a default export, one that throws, and one that lacks a package are told apart', async t => {
  const cwd = project(t, {
    'package.json': '{}',
    'none.mjs': 'export const programs = {}',
    'throws.mjs': "throw new Error('no DATABASE_URL')",
    'lacks.mjs': "import 'not-there-at-all'",
  })
  assert.match((await refusal(loadConfig({ cwd, file: 'none.mjs' }))).message, /no default export/)
  assert.match((await refusal(loadConfig({ cwd, file: 'throws.mjs' }))).message, /no DATABASE_URL/)
  assert.equal((await refusal(loadConfig({ cwd, file: 'lacks.mjs' }))).mend, 'npm install not-there-at-all')
})

test('the faults of a file come with its name', async t => {
  const cwd = project(t, { 'package.json': '{}', 'selfheal.config.mjs': 'export default { prgrams: {} }' })
  await assert.rejects(loadConfig({ cwd }), /selfheal\.config\.mjs: prgrams unknown; did you mean programs\?/)
})
