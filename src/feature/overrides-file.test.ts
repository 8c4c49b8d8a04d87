import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createEvents, settableNeed } from '../core/index.ts'
import { feature, type Overrides, overridesFile } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'selfheal-overrides-'))
const open: Overrides[] = []
after(() => {
  for (const one of open) one.close()
  rmSync(folder, { recursive: true, force: true })
})
const opened = (name: string, options = {}) => {
  const one = overridesFile(join(folder, name), { everyMs: 20, ...options })
  open.push(one)
  return one
}
const OFF = { mode: 'off', by: 'ada', why: 'migration', since: 1 } as const

test('what an operator sets is there after a restart, with who, why and until when; the file is for its owner alone', () => {
  opened('a.json').set('sell', { ...OFF, until: 4_102_444_800_000 })
  assert.deepEqual(opened('a.json').all(), { sell: { ...OFF, until: 4_102_444_800_000 } })
  assert.equal(statSync(join(folder, 'a.json')).mode & 0o777, 0o600)
  const sell = feature('sell', { needs: [], overrides: opened('a.json') })
  assert.equal(sell.mode(), 'off')
})

test('another process hears of it, and neither loses what the other wrote', async () => {
  const [one, other] = [opened('b.json'), opened('b.json')]
  const sell = feature('sell', {
    needs: [settableNeed('n', { usable: 'full', state: 'up', causes: [], since: 0 })],
    overrides: other,
  })
  one.set('sell', OFF)
  const heard = new Promise<void>(resolve => sell.watch(() => resolve()))
  await heard
  assert.equal(sell.mode(), 'off')
  other.set('buy', OFF)
  one.set('browse', OFF)
  assert.deepEqual(Object.keys(one.all()).sort(), ['browse', 'buy', 'sell'])
  one.set('sell', undefined)
  while (sell.mode() === 'off') await new Promise(resolve => setTimeout(resolve, 5))
})

test('a file that is none changes nothing and says so; the next override begins it anew', () => {
  const file = join(folder, 'c.json')
  const events = createEvents()
  const heard: string[] = []
  events.on('feature.overrides_unreadable', event => heard.push(event.name))
  for (const text of ['{', '{"v":2}', '{"v":1,"overrides":{"x":{"mode":"on"}}}', 'null']) {
    writeFileSync(file, text)
    assert.deepEqual(opened('c.json', { events }).all(), {}, text)
  }
  assert.equal(heard.length, 4)
  opened('c.json').set('sell', OFF)
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).overrides.sell.by, 'ada')
})

test('one that can’t be written is refused in words, and does not pretend', () => {
  const one = opened('no/such/folder.json')
  assert.throws(() => one.set('sell', OFF), { code: 'SELFHEAL_OVERRIDE_NOT_KEPT' })
  assert.deepEqual(one.all(), {})
})
