// `node test/run.ts [suite | file filter]…`: runs the tests with node's own runner under a time limit, with every process they start
// marked, so that whatever outlives the run is ended, named, and counted as a failure. No argument: every suite but `long`, whose
// tests take their time (`npm run test:long`).
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
// A run that waits for ever has to end some time; a machine half as fast as usual must not be taken for one.
const LIMIT_MS = 14 * 60_000
// Of a test, and of a file as a whole.
const TEST_LIMIT_MS = 200_000

const suites: Readonly<Record<string, readonly string[]>> = {
  unit: ['src/**/*.test.ts', 'examples/**/*.test.ts'],
  architecture: ['test/architecture.test.ts', 'test/architecture/**/*.test.ts'],
  runner: ['test/runner/**/*.test.ts'],
  docs: ['test/docs.test.ts', 'test/docs/**/*.test.ts'],
  conformance: ['test/conformance/**/*.test.ts'],
  issues: ['test/issues/**/*.test.ts'],
  process: ['test/process/**/*.test.ts'],
  package: ['test/package.test.ts', 'test/api/**/*.test.ts'],
  long: ['test/long/**/*.test.ts'],
}

const words = process.argv.slice(2)
const named = words.filter(word => word in suites)
const filters = words.filter(word => !(word in suites))
const found = (named.length > 0 ? named : Object.keys(suites).filter(suite => suite !== 'long' || words.length > 0)).flatMap(
  suite => globSync([...suites[suite]!], { cwd: root }).sort(),
)
const files = found.filter(file => filters.length === 0 || filters.some(filter => file.includes(filter.replace(/^\.\//, ''))))
if (files.length === 0) {
  console.error(
    `no test file matches ${words.join(' ') || 'any suite'}. Suites: ${Object.keys(suites).join(', ')}; anything else is a part of a file's path.`,
  )
  process.exit(1)
}

const run = randomUUID()
const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...inherited } = process.env
const programsNode = process.env['SELFHEAL_TEST_NODE']
const env = {
  ...inherited,
  SELFHEAL_TEST_RUN: run,
  // Hundreds of processes read the same sources: types are stripped once. A reader's own cache is left alone.
  NODE_COMPILE_CACHE: join(root, '.data/compile-cache'),
  ...(programsNode === undefined ? {} : { PATH: `${dirname(programsNode)}${delimiter}${process.env['PATH'] ?? ''}` }),
}

// The sweeper is told of the end by the end of its input, so that it also hears of a kill -9 of this process.
const sweeper = spawn(process.execPath, [join(import.meta.dirname, 'runner/sweep.ts'), run], {
  stdio: ['pipe', 'inherit', 'inherit'],
  detached: true,
})
const swept = once(sweeper, 'exit')

const reporter = join(import.meta.dirname, 'runner/reporter.ts')
const runner = spawn(
  process.execPath,
  [
    '--conditions=@selfheal/source',
    '--test',
    '--test-concurrency=2',
    `--test-timeout=${TEST_LIMIT_MS}`,
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    ...files,
  ],
  { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] },
)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => runner.kill(signal))
const limit = setTimeout(() => {
  console.error(
    `the tests took more than ${LIMIT_MS / 60_000} minutes: stopped. A file named next had not ended: its tests wait for ever, or leave something open.`,
  )
  runner.kill('SIGKILL')
}, LIMIT_MS)

const [code, signal] = await once(runner, 'exit')
clearTimeout(limit)
sweeper.stdin.end()
const [left] = await swept
process.exitCode = code === 0 && left === 0 ? 0 : 1
if (signal !== null) console.error(`the test runner was ended by ${signal}`)
