import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withDashboard } from './run-dashboard.ts'

const web = { run: 'node server.js' }
const place = { folder: '/srv/shop/.selfheal', config: undefined }
const words = (at: string | true) => withDashboard({ web }, at, undefined, place)['dashboard']!.argv!.slice(2)

test('the dashboard is the last program, with a port of its own; without the flag there is none', () => {
  assert.deepEqual(withDashboard({ web }, undefined, 'one_for_all', place), { web })
  assert.deepEqual(Object.keys(withDashboard({ web }, true, 'one_for_one', place)), ['web', 'dashboard'])
  assert.deepEqual(words(true), ['dashboard', '--state', '/srv/shop/.selfheal'])
  assert.deepEqual(words('9000').slice(3), ['--port', '9000'])
  assert.deepEqual(words('0.0.0.0:9000').slice(3), ['--port', '9000', '--host', '0.0.0.0'])
  assert.deepEqual(words('[::1]:9000').slice(3), ['--port', '9000', '--host', '::1'])
})

test('what can’t be is refused in words: no address, a name that is taken, a strategy by which its crash would restart the app', () => {
  for (const run of [
    () => words('nowhere'),
    () => withDashboard({ dashboard: web }, true, undefined, place),
    () => withDashboard({ web }, true, 'one_for_all', place),
  ])
    assert.throws(run, { code: 'SELFHEAL_USAGE' })
})
