import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromCommand, fromConfig } from './run-flags.ts'

const importsAuto = (env: Readonly<Record<string, string>> | undefined) =>
  /--import=\S+auto\/index\.[jt]s/.test(env?.['NODE_OPTIONS'] ?? '')

test('auto: true of a program is --auto for that program; the flag is for all of them', () => {
  const programs = {
    app: { run: 'node app.js', auto: true, env: { NODE_OPTIONS: '--no-warnings' } },
    job: { run: 'node job.js' },
  }
  const { app, job } = fromConfig(programs, { port: [] })
  assert.deepEqual([importsAuto(app!.env), importsAuto(job!.env)], [true, false])
  assert.match(app!.env!['NODE_OPTIONS']!, /^--no-warnings --import/)
  const all = fromConfig(programs, { port: [], auto: true })
  assert.deepEqual([importsAuto(all['job']!.env), all['job']!.auto], [true, true])
  const off = fromConfig({ app: { run: 'node app.js', auto: false } }, { port: [] })
  assert.equal(importsAuto(off['app']!.env), false)
  const [one] = Object.values(fromCommand(['node', 'a.js'], { port: [], auto: true, name: 'a' }, '/'))
  assert.ok(importsAuto(one!.env))
})
