import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from './address.ts'
import { serviceUnit, socketUnit, type UnitOptions } from './unit.ts'

const options: UnitOptions = {
  name: 'shop',
  command: ['/usr/bin/node', '/srv/shop/node_modules/selfheal/bin/selfheal.js', 'run', '--', 'node', 'a b.js', '$HOME', '100%'],
  folder: '/srv/shop',
  ports: [parseAddress(443), parseAddress('127.0.0.1:3000'), parseAddress('unix:/run/shop.sock')],
  user: 'shop',
  userManager: false,
  path: '/usr/bin:/bin',
  stopMs: 40_000,
}

test('words reach the program as they are', () => {
  assert.match(serviceUnit(options), /^ExecStart=.* -- node "a b\.js" \$\$HOME 100%%$/m)
})

test('the socket unit holds every port over each restart', () => {
  const unit = socketUnit(options)
  assert.deepEqual(unit.match(/^ListenStream=.*$/gm), [
    'ListenStream=443',
    'ListenStream=127.0.0.1:3000',
    'ListenStream=/run/shop.sock',
  ])
  assert.match(unit, /^FlushPending=no$/m)
  assert.match(unit, /^TriggerLimitIntervalSec=0$/m)
})

test('nothing in the service unit can leave it down, kill its programs beside it, or stop V8', () => {
  const unit = serviceUnit(options)
  for (const line of [
    'StartLimitIntervalSec=0',
    'Restart=always',
    'KillMode=mixed',
    'OOMPolicy=continue',
    'WatchdogSignal=SIGKILL',
  ])
    assert.match(unit, new RegExp(`^${line}$`, 'm'))
  assert.doesNotMatch(unit, /^MemoryDenyWriteExecute/m)
  // systemd 253 and later only.
  assert.doesNotMatch(unit, /notify-reload|RestartSteps|RestartMaxDelaySec|OpenFile|RestartMode/)
})

test("a port under 1024 needs no capability: the socket unit binds it; a user's manager hardens nothing", () => {
  assert.match(serviceUnit(options), /^CapabilityBoundingSet=$/m)
  const user = serviceUnit({ ...options, user: undefined, userManager: true })
  assert.doesNotMatch(user, /Protect|User=|StateDirectory/)
  assert.match(user, /^WantedBy=default\.target$/m)
})
