// A process whose guarded calls are all answered ends at once, not when the last of their deadlines would have come; one that waits for a
// retry, and for nothing else, waits for it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = async (code: string) => {
  const args = ['--conditions=@selfheal/source', '--input-type=module', '-e', code]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000, cwd: import.meta.dirname })
  return stdout
}

test('answered: it ends, an hour before its deadline', async () => {
  const said = await run(`import { guard } from 'selfheal'
    const g = guard({ name: 'x', deadline: '1h' })
    console.log(await g.run(async () => 'answered'))`)
  assert.equal(said, 'answered\n')
})

test('waiting for its retry: it goes on until that is done', async () => {
  const said = await run(`import { guard } from 'selfheal'
    let tries = 0
    const g = guard({ name: 'x', retry: { attempts: 3 } })
    const work = async () => {
      if (++tries < 3) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      return tries
    }
    console.log(await g.run(work, { idempotent: true }))`)
  assert.equal(said, '3\n')
})
