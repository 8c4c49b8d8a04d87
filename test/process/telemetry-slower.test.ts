// A dependency that is slower than its last month, through all it passes: calls of a real dependency, its part, the sampler, the journal's file,
// and the digest that the reporter writes. Two weeks on a manual clock.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createEvents } from 'selfheal/core'
import { type Adapter, dependency } from 'selfheal/dependency'
import { journal } from 'selfheal/journal'
import { type Message, type NotifyState, notifier } from 'selfheal/telemetry'
import { manualClock } from 'selfheal/testing'
import { sampler } from '../../src/system/sampler.ts'
import { readsJournal } from '../../src/telemetry/notify-file.ts'

const DAY = 86_400_000
const TEN_MINUTES = 600_000

test('a dependency that takes twice as long as in its last month is told in the digest of that day, and not before', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-slower-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const clock = manualClock()
  const events = createEvents({ clock })
  const file = join(folder, 'journal.db')
  const log = journal({ file, clock })
  t.after(() => log[Symbol.asyncDispose]())
  let samples = 0
  events.on('*', event => log.append(event))
  events.on('system.sampled', () => samples++)

  let tookMs = 40
  const adapter: Adapter<{ ask(): Promise<string> }> = {
    kind: 'warehouse',
    judge: () => ({ ran: 'yes', blame: 'none' }),
    facade: run => ({ ask: () => run(() => new Promise<string>(resolve => void clock.after(tookMs, () => resolve('3 left')))) }),
    probe: async () => 'up',
    drop: async () => 0,
    admit: () => {},
    settings: () => [],
  }
  const warehouse = dependency(adapter, { name: 'warehouse', path: 'shop/warehouse', clock, events })
  t.after(() => warehouse.heal[Symbol.dispose]())
  t.after(sampler({ name: 'shop', folder, parts: async () => [warehouse.heal], events, clock }))

  // From here on a sample falls at the end of each ten minutes.
  const sampled = async (n: number) => {
    // It looks at the disk meanwhile, which no manual clock waits for.
    for (const end = performance.now() + 30_000; samples < n; await wait(1)) assert.ok(performance.now() < end)
  }
  await clock.advance(61_000)
  await sampled(1)

  const days: string[] = []
  let state: NotifyState | undefined
  const day = async () => {
    for (let i = 0; i < 50; i++) {
      const calls = Array.from({ length: 10 }, () => warehouse.ask())
      await clock.advance(TEN_MINUTES / 50)
      await Promise.all(calls)
    }
    await sampled(days.length + 2)
    clock.stepWall(DAY - TEN_MINUTES)
    await log.query({})
    const sent: Message[] = []
    const telling = notifier({
      channels: { command: async message => void sent.push(message) },
      read: readsJournal(file),
      state,
      keep: kept => (state = JSON.parse(JSON.stringify(kept)) as NotifyState),
      clock,
    })
    await telling.look()
    telling.stop()
    days.push(sent.find(one => one.subject === 'selfheal: the day')?.text ?? '')
  }

  for (let i = 0; i < 9; i++) await day()
  assert.deepEqual(
    days.filter(text => /answers took/.test(text)),
    [],
  )
  tookMs = 46
  await day()
  assert.doesNotMatch(days.at(-1)!, /answers took/, 'a little slower is nothing')
  tookMs = 90
  await day()
  assert.match(
    days.at(-1)!,
    /Watched\n {2}shop\/warehouse: half of its answers took (8|9)\d ms or longer today, (3|4)\d ms in the \d+ days before \(told from 1\.5 times and 20 ms more\)/,
  )
})
