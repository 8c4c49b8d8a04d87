import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { manualClock } from '../testing/index.ts'
import { currentFrame, runInFrame } from './ambient.ts'
import { createEvents, type Event } from './events.ts'

const dropped = 'selfheal.dropped'
const number = (event: Event) => Number(event.id.split('.')[1])

test('an event carries what happened, to what, when, how grave, and is frozen', async () => {
  const clock = manualClock()
  await clock.advance(40)
  const events = createEvents({ clock })
  const seen: Event[] = []
  events.on(dropped, event => seen.push(event))
  const id = events.emit(dropped, 'shop/web', { count: 3 }, { level: 'warn' })
  assert.deepEqual(seen, [
    { v: 1, id, name: dropped, source: 'shop/web', at: 40, wall: clock.wall(), level: 'warn', data: { count: 3 } },
  ])
  assert.ok(Object.isFrozen(seen[0]))
})

test('an event is info and has no because, unless something says otherwise', () => {
  const events = createEvents()
  const seen: Event[] = []
  events.on('*', event => seen.push(event))
  events.emit(dropped, 'a', { count: 1 })
  assert.equal(seen[0]!.level, 'info')
  assert.equal('because' in seen[0]!, false)
})

test('because comes from the frame of the code that emits, and what is said outright goes before it', () => {
  const events = createEvents()
  const seen: (string | undefined)[] = []
  events.on('*', event => seen.push(event.because))
  runInFrame({ because: 'root.1' }, () => {
    events.emit(dropped, 'a', { count: 1 })
    events.emit(dropped, 'a', { count: 1 }, { because: 'other.2' })
  })
  events.emit(dropped, 'a', { count: 1 })
  assert.deepEqual(seen, ['root.1', 'other.2', undefined])
})

test('ids are unique and rise, also across two sources in one process and with nobody listening', () => {
  const [a, b] = [createEvents(), createEvents()]
  const ids = Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).emit(dropped, 'x', { count: i }))
  assert.equal(new Set(ids).size, 100)
  const [boots, numbers] = [new Set(ids.map(id => id.split('.')[0])), ids.map(id => Number(id.split('.')[1]))]
  assert.equal(boots.size, 1)
  assert.deepEqual(
    numbers,
    [...numbers].sort((x, y) => x - y),
  )
})

test('listeners of a name hear only it, listeners of * hear all; undoing ends it, and twice does no harm', () => {
  const events = createEvents()
  const heard: string[] = []
  const undo = events.on(dropped, () => heard.push('name'))
  events.on('*', () => heard.push('all'))
  events.on('journal.other' as never, () => heard.push('other'))
  events.emit(dropped, 'a', { count: 1 })
  assert.deepEqual(heard, ['name', 'all'])
  undo()
  undo()
  events.emit(dropped, 'a', { count: 1 })
  assert.deepEqual(heard, ['name', 'all', 'all'])
})

test('one function listening twice is told twice, and undone one by one', () => {
  const events = createEvents()
  let heard = 0
  const fn = () => heard++
  const undo = events.on(dropped, fn)
  events.on(dropped, fn)
  events.emit(dropped, 'a', { count: 1 })
  assert.equal(heard, 2)
  undo()
  events.emit(dropped, 'a', { count: 1 })
  assert.equal(heard, 3)
})

test('an old undo does not touch a listener that came later', () => {
  const events = createEvents()
  let heard = 0
  const undo = events.on(dropped, () => {})
  undo()
  events.on(dropped, () => heard++)
  undo()
  events.emit(dropped, 'a', { count: 1 })
  assert.equal(heard, 1)
})

test('listeners that throw or reject are counted, and fail neither the emitter nor the others', async () => {
  const events = createEvents()
  let heard = 0
  events.on(dropped, () => {
    throw new Error('a fault of its own')
  })
  events.on(dropped, async () => {
    await turn()
    throw new Error('a later fault')
  })
  // biome-ignore lint/suspicious/noThenProperty: a promise of another kind than Node's own, as libraries make them.
  events.on(dropped, () => ({ then: (_: unknown, no: (error: Error) => void) => void no(new Error('a foreign fault')) }) as never)
  events.on(dropped, () => heard++)
  events.on('*', () => heard++)
  events.emit(dropped, 'a', { count: 1 })
  assert.equal(heard, 2)
  await turn()
  await turn()
  assert.equal(events.listenerErrors(), 3)
})

test('listeners run in no request’s context, and the emitter keeps its own', () => {
  const events = createEvents()
  const frames: unknown[] = []
  events.on('*', () => frames.push(currentFrame()))
  runInFrame({ owner: 'shop/web', because: 'root.1' }, () => {
    events.emit(dropped, 'a', { count: 1 })
    assert.equal(currentFrame()?.owner, 'shop/web')
  })
  assert.deepEqual(frames, [undefined])
})

test('a listener undone while an event is being told hears no more, and one that comes hears from the next', () => {
  const events = createEvents()
  const heard: string[] = []
  events.on(dropped, () => {
    heard.push('first')
    undo()
    undoAll()
    events.on('*', () => heard.push('late'))
  })
  const undo = events.on(dropped, () => heard.push('second'))
  const undoAll = events.on('*', () => heard.push('all'))
  events.emit(dropped, 'a', { count: 1 })
  assert.deepEqual(heard, ['first'])
  events.emit(dropped, 'a', { count: 2 })
  assert.equal(heard.filter(word => word === 'late').length, 1)
})

test('an event emitted by a listener is told after the one that led to it, to everyone in the order of ids', () => {
  const events = createEvents()
  const [first, last]: [number[], number[]] = [[], []]
  events.on('*', event => {
    first.push(number(event))
    if ((event.data as { count: number }).count < 3)
      events.emit(dropped, 'a', { count: (event.data as { count: number }).count + 1 })
  })
  events.on('*', event => last.push(number(event)))
  events.emit(dropped, 'a', { count: 1 })
  assert.equal(last.length, 3)
  assert.deepEqual(last, first)
  assert.deepEqual(
    last,
    [...last].sort((a, b) => a - b),
  )
})

test('a listener that answers every event with another one does not stop the process: the rest is dropped and counted', () => {
  const events = createEvents()
  let heard = 0
  const counts: number[] = []
  events.on('*', event => {
    heard++
    if (event.source === 'selfheal') counts.push((event.data as { count: number }).count)
    else events.emit(dropped, 'a', { count: 0 })
  })
  events.emit(dropped, 'a', { count: 0 })
  assert.ok(heard > 100 && heard < 100_000)
  assert.deepEqual(counts, [1])
  const before = heard
  events.emit(dropped, 'a', { count: 0 })
  assert.equal(heard, before * 2, 'the next event is told as ever')
})
