import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { openLink, type Report } from './link.ts'

function linked() {
  const stream = new PassThrough()
  const heard: Report[] = []
  const link = openLink(stream, report => heard.push(report))
  return { stream, heard, link, settle: () => new Promise(resolve => setImmediate(resolve)) }
}

test('a report cut into pieces is heard whole, and two in one piece are two', async () => {
  const { stream, heard, settle } = linked()
  stream.write('{"v":1,"is":"rea')
  stream.write('dy"}\n{"v":1,"is":"listening","port":"[::]:1"}\n')
  await settle()
  assert.deepEqual(
    heard.map(report => report.is),
    ['ready', 'listening'],
  )
})

test('garbage, other versions and half messages are ignored, what follows is heard', async () => {
  const { stream, heard, settle } = linked()
  stream.write('\u0000\u0001 nonsense\n{}\nnull\n[1]\n{"v":2,"is":"ready"}\n{"v":1,"is":"beat"}\n{"v":1,"is":"ready"}\n')
  await settle()
  assert.deepEqual(heard, [{ v: 1, is: 'ready' }])
})

test('a line without end is dropped, not kept', async () => {
  const { stream, heard, settle } = linked()
  for (let i = 0; i < 40; i++) stream.write('x'.repeat(64 * 1024))
  stream.write('\n{"v":1,"is":"ready"}\n')
  await settle()
  assert.deepEqual(heard, [{ v: 1, is: 'ready' }])
})

test('an order to a link whose other side is gone harms nobody', () => {
  const { stream, link } = linked()
  stream.destroy(new Error('gone'))
  link.send({ v: 1, is: 'go' })
  link.close()
})
