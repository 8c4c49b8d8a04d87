// A policy stays in the registry, and so in the app's parts, as long as anything of it is in use: its run, what its wrap gave, a guard it was
// given to. One that nobody uses any more is forgotten.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const CODE = `
  import { breaker, guard, limit, registry } from 'selfheal'
  const { run } = guard({ name: 'run' })
  const wrapped = guard({ name: 'wrap' }).wrap(async () => 1)
  const { run: alone } = breaker({ name: 'alone' })
  const within = guard({ name: 'within', breaker: breaker({ name: 'given' }), limit: limit({ name: 'places', max: 3 }) }).run
  guard({ name: 'unused' })
  await Promise.all([run(async () => 1), wrapped(), alone(async () => 1), within(async () => 1)])
  for (let i = 0; i < 5; i++) {
    await new Promise(resolve => setTimeout(resolve, 10))
    gc()
  }
  console.log(registry.all().map(part => part.path).sort().join(' '))
  await Promise.all([run(async () => 1), wrapped(), alone(async () => 1), within(async () => 1)])`

test('a policy of which an app keeps only run or wrap is still there after the garbage is collected', async () => {
  const args = ['--conditions=@selfheal/source', '--expose-gc', '--input-type=module', '-e', CODE]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000, cwd: import.meta.dirname })
  assert.equal(stdout.trim(), 'alone given places run within wrap')
})
