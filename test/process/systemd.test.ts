// selfheal under a real systemd (a user manager, in a lab of its own): the units it writes, socket activation, readiness, the watchdog on a
// hung supervisor, kill -9, an upgrade. Hardening can't be proved by a user manager: its figure is systemd-analyze's.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { freePort } from './program/kit.ts'
import { place } from './run/place.ts'

const lab = join(import.meta.dirname, 'systemd-lab')
const APP = `import http from 'node:http'
http.createServer((request, response) => {
  setTimeout(() => response.end(String(process.pid)), request.url === '/slow' ? 1500 : 5)
}).listen(process.env.PORT)
`
type Kinds = Readonly<Record<string, number>>
interface Told {
  readonly before: string
  readonly first: { readonly kind: string }
  readonly status: string
  readonly steps: Readonly<Record<'killed' | 'stopped' | 'upgraded' | 'reloaded' | 'program', Kinds>>
  readonly slow: { readonly kind: string }
  readonly reloaded: boolean
  readonly stopped: string
  readonly again: string
  readonly after: string
}

test(
  'under systemd nobody is refused: not by kill -9 of selfheal, a hung selfheal, an upgrade, or a stop',
  needs('systemd', 'root', 'linux'),
  async t => {
    const port = await freePort()
    const p = place(t, { 'app.mjs': APP })
    mkdirSync(join(p.folder, 'units'))
    const args = ['unit', '--user-manager', '--port', String(port), '--name', 'shop', '--out', 'units', '--', 'node', 'app.mjs']
    const written = await p.cli(args)
    assert.equal(written.status, 0, written.err)
    // The watchdog's half minute is too long for a test.
    mkdirSync(join(p.folder, 'units/shop.service.d'))
    p.write(
      'units/shop.service.d/test.conf',
      `[Service]\nWatchdogSec=3\nStandardOutput=append:${p.folder}/out.log\nStandardError=append:${p.folder}/out.log\n`,
    )
    const run = p.start([
      lab,
      join(p.folder, 'units'),
      process.execPath,
      join(import.meta.dirname, 'systemd/driver.mjs'),
      'shop',
      String(port),
    ])
    assert.equal(await run.ended, 0, `${run.text()}\n${read(join(p.folder, 'out.log'))}`)
    const told = JSON.parse(run.text().trim().split('\n').at(-1)!) as Told
    assert.equal(told.before, 'inactive', 'it is started by the first connection')
    assert.equal(told.first.kind, 'ok')
    assert.match(told.status, /ready \(generation 1\)/)
    for (const [step, kinds] of Object.entries(told.steps))
      assert.equal(kinds['refused'] ?? 0, 0, `${step}: ${JSON.stringify(kinds)}`)
    assert.equal(told.steps.upgraded['reset'] ?? 0, 0, 'an upgrade loses nothing')
    assert.equal(told.steps.reloaded['reset'] ?? 0, 0, 'nor a reload')
    assert.equal(told.reloaded, true)
    assert.equal(told.slow.kind, 'ok', 'nor what was in flight')
    assert.equal(told.stopped, 'inactive')
    assert.equal(told.again, 'ok', 'a stopped service is started by the next caller')
    assert.equal(told.after, 'refused', 'the socket unit, and nobody else, had the port')
  },
)

test("the units are what systemd understands, and systemd-analyze's figure is as stated", needs('systemd', 'linux'), async t => {
  const p = place(t, { 'app.mjs': APP })
  assert.equal(
    (await p.cli(['unit', '--user', 'www-data', '--port', '443', '--name', 'shop', '--', 'node', 'app.mjs'])).status,
    0,
  )
  const verified = execFileSync('systemd-analyze', ['verify', join(p.folder, 'shop.service')], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
  assert.doesNotMatch(verified, /Unknown|invalid|ignoring/i)
  // This project lies in /tmp, and selfheal perhaps in a home folder: the figure is that of one in /srv.
  const unit = read(join(p.folder, 'shop.service'))
  assert.doesNotMatch(unit, /^PrivateTmp/m, 'it must see where it lies')
  p.write('srv/shop.service', unit.replace(/^ProtectHome=.*$/m, 'ProtectHome=yes\nPrivateTmp=yes'))
  const analysed = execFileSync('systemd-analyze', ['security', '--offline=true', join(p.folder, 'srv/shop.service')], {
    encoding: 'utf8',
  })
  const exposure = Number(/Overall exposure level for shop\.service: ([\d.]+)/.exec(analysed)?.[1])
  const stated = Number(/exposure ([\d.]+)/.exec(readFileSync(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8'))?.[1])
  assert.equal(exposure, stated)
  // A second time: its own are written anew; changed by hand they are not.
  assert.equal((await p.cli(['unit', '--user', 'www-data', '--name', 'shop', '--', 'node', 'app.mjs'])).status, 0)
  p.write('shop.service', '[Service]\n')
  const refused = await p.cli(['unit', '--user', 'www-data', '--name', 'shop', '--', 'node', 'app.mjs'])
  assert.equal(refused.status, 2)
  assert.match(refused.err, /not ours/)
})

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
