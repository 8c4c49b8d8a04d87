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

test('what it needs from a home folder it can read, and from /tmp it sees; else both are shut', () => {
  const node = '/home/ann/.nvm/versions/node/v24.0.0/bin/node'
  const [, ...rest] = options.command
  const shut = serviceUnit(options)
  assert.match(shut, /^ProtectHome=yes$/m)
  assert.match(shut, /^PrivateTmp=yes$/m)
  for (const one of [
    { ...options, command: [node, ...rest] },
    { ...options, folder: '/root/shop' },
    { ...options, folder: '/run/user/1000/shop' },
    { ...options, leadsTo: ['/home/ann/selfheal/bin/selfheal.js'] },
  ]) {
    const unit = serviceUnit(one)
    assert.match(unit, /^ProtectHome=read-only$/m)
    assert.ok(unit.includes(`\nReadWritePaths=${one.folder}\n`), 'it still writes where it works')
    assert.match(unit, /^PrivateTmp=yes$/m)
  }
  for (const folder of ['/tmp/shop', '/var/tmp/shop']) {
    const unit = serviceUnit({ ...options, folder })
    assert.doesNotMatch(unit, /^PrivateTmp/m)
    assert.match(unit, /^ProtectHome=yes$/m)
  }
  assert.match(serviceUnit({ ...options, folder: '/homes/shop' }), /^ProtectHome=yes$/m)
})
