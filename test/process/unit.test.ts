// The units that `selfheal unit` writes, and what it says of them. What they do under systemd is systemd.test.ts's.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { place } from './run/place.ts'

test('the unit runs with --auto, and says what is lost without a socket', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': '', 'selfheal.config.mjs': "export default { programs: { app: { run: 'node app.mjs' } } }\n" })
  const unit = async (...args: readonly string[]) => {
    const { status, out, err } = await p.cli(['unit', '--user', 'nobody', '--name', 'shop', ...args])
    assert.equal(status, 0, err)
    return { out, text: readFileSync(join(p.folder, 'shop.service'), 'utf8') }
  }
  const held = await unit('--auto', '--port', '3000', '--', 'node', 'app.mjs')
  assert.match(held.text, /^ExecStart=.*run"? "?--auto"? "?--port"? "?3000"? "?--"? "?node"? "?app\.mjs"?$/m)
  assert.doesNotMatch(held.out, /No socket unit/)
  const bare = await unit('--', 'node', 'app.mjs')
  assert.doesNotMatch(bare.text, /--auto/)
  assert.match(bare.out, /No socket unit was written.*callers are refused/)
  assert.match((await unit('--auto')).text, /^ExecStart=.*"?--auto"?$/m)
})
