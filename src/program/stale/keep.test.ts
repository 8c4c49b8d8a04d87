import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { keeper, keptOf } from './keep.ts'

test('all that one visitor’s first look asks for is kept; of addresses that are made up only so many', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-keep-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const { due, keep } = keeper(folder)
  const keepAll = (count: number, name: string) => {
    for (let i = 0; i < count; i++) if (due(`/${name}/${i}`)) keep(`/${name}/${i}`, {}, Buffer.from(name))
  }
  const onDisk = async (count: number) => {
    while (readdirSync(folder).filter(name => !name.includes('.')).length < count) await turn()
  }
  // What is not kept in the end costs nothing.
  for (let i = 0; i < 1_000; i++) due(`/private/${i}`)
  keepAll(60, 'part')
  await onDisk(60)
  for (let i = 0; i < 60; i++) assert.equal(keptOf(folder, `/part/${i}`)?.body.toString(), 'part')

  keepAll(500, 'made-up')
  assert.deepEqual([due('/made-up/139'), due('/made-up/140')], [false, true], '200 in all: the others were not taken')
  t.mock.timers.tick(1_000)
  keepAll(500, 'made-up')
  assert.deepEqual([due('/made-up/159'), due('/made-up/160')], [false, true], '20 more after a second')
  await onDisk(220)
})
