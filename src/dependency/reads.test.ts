import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, createEvents, type Judge } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import { type ReadsOptions, reads } from './reads.ts'

const judge: Judge = answer =>
  'error' in answer ? { ran: 'no', blame: answer.error instanceof TypeError ? 'caller' : 'them' } : { ran: 'yes', blame: 'none' }
const source = (name: string) => {
  const one = { heal: { name, judge }, says: (): unknown => name, asked: 0 }
  return one
}
type Fake = ReturnType<typeof source>
const down = () => {
  throw new Error('connection refused')
}

function world(more: Partial<ReadsOptions<Fake>> = {}) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const moved: string[] = []
  events.on('dependency.reads_moved', ({ data, level }) => {
    const { from, to, why } = data as { from: string; to: string; why: string }
    moved.push(`${level} ${from} → ${to}: ${why}`)
  })
  const [primary, replica] = [source('primary'), source('replica')]
  const all = reads({ from: [primary, replica], clock, events, ...more })
  const read = (key = 'listings', how?: { copy?: boolean }) =>
    all.read(
      key,
      async one => {
        one.asked++
        return one.says()
      },
      how,
    )
  return { clock, moved, primary, replica, all, read }
}

test('the primary, then the replica, then the copy with its age, then the primary again; each move is told once', async () => {
  const { clock, moved, primary, replica, all, read } = world()
  assert.deepEqual(await read(), { value: 'primary', from: 'primary' })
  primary.says = down
  assert.deepEqual(await read(), { value: 'replica', from: 'replica' })
  assert.deepEqual(await read(), { value: 'replica', from: 'replica' })
  replica.says = down
  await clock.advance(90_000)
  assert.deepEqual(await read(), { value: 'replica', from: 'copy', ageMs: 90_000 })
  primary.says = () => 'mended'
  assert.deepEqual(await read(), { value: 'mended', from: 'primary' })
  assert.deepEqual(moved, [
    'warn primary → replica: connection refused',
    'warn replica → copy: connection refused',
    'info copy → primary: it answers',
  ])
  assert.deepEqual((all.snapshot() as { served: unknown }).served, { primary: 2, replica: 2, copy: 1 })
})

test('a copy is given within its bounds only: not too old, not for another key, not where none is wanted', async () => {
  const { clock, primary, replica, read } = world({ maxAge: '1m', most: 2 })
  for (const key of ['a', 'b', 'c']) await read(key)
  await read('mine', { copy: false })
  primary.says = () => {
    throw new Error('the primary’s own words')
  }
  replica.says = down
  await clock.advance(60_000)
  assert.equal((await read('c')).from, 'copy')
  for (const key of ['a', 'never asked']) await assert.rejects(read(key), /the primary’s own words/, key)
  await assert.rejects(read('mine', { copy: false }), /own words/)
  await clock.advance(1)
  await assert.rejects(read('c'), /own words/)
})

test('what the caller did wrong is told at once: no replica is asked, and no copy hides it', async () => {
  const { primary, replica, read } = world()
  await read()
  primary.says = () => {
    throw new TypeError('no such column')
  }
  await assert.rejects(read(), TypeError)
  assert.equal(replica.asked, 0)
})

test('a source that hangs is waited for as long as there is something after it', async () => {
  const { clock, primary, read } = world({ patience: '1s' })
  primary.says = () => new Promise(() => {})
  const found = read()
  await clock.advance(999)
  assert.equal(primary.asked, 1)
  await clock.advance(1)
  assert.equal((await found).from, 'replica')
})

test('impossible options are refused together', () => {
  const one = source('db')
  assert.throws(
    () => reads({ from: [one, one], maxAge: 'soon' as never, most: 0 }),
    (error: ConfigError) => error instanceof ConfigError && error.faults.length === 3,
  )
  assert.throws(() => reads({ from: [] }), ConfigError)
})
