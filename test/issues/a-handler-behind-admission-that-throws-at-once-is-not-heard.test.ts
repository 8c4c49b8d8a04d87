// What a request's handler throws at once is an error that nobody caught, as it is without admission in front of it: it was swallowed, and its
// caller waited for ever.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'

const CODE = `
  import { createServer } from 'node:http'
  import { admission, nodeAdmission } from 'selfheal/inbound'
  process.on('uncaughtException', error => { console.log('heard: ' + error.message); process.exit() })
  const server = createServer(nodeAdmission(admission(), () => { throw new Error('at once') })).listen(0, () => {
    fetch('http://127.0.0.1:' + server.address().port).catch(() => {})
  })`

test('the error is uncaught, and not lost', async () => {
  const args = ['--conditions=@selfheal/source', '--input-type=module', '-e', CODE]
  const said = await new Promise(resolve =>
    execFile(process.execPath, args, { timeout: 60_000, cwd: import.meta.dirname }, (_, out) => resolve(out)),
  )
  assert.equal(said, 'heard: at once\n')
})
