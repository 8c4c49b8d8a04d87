// What a drill says of itself becomes events and a live part: one that was killed is not shown for ever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents, type Event, type Json } from '../core/index.ts'
import { story } from '../journal/index.ts'
import { drillsPart } from './drills-part.ts'

const who = { by: 'ann', why: 'a drill' }
const words = { drill: 'crash', of: 'shop/web', stage: 'here', without: [] }

function drills() {
  const events = createEvents()
  const heard: Event[] = []
  events.on('*', event => heard.push(event))
  const dead = new Set<number>()
  const part = drillsPart(
    'shop',
    events,
    program => (program === 'web' ? { command: 'node server.js', cwd: '/srv/shop' } : undefined),
    pid => !dead.has(pid),
  )
  const say = (verb: string, args: object) => part.verbs![verb]!(args as Json, who)
  return { heard, dead, say, shown: () => part.snapshot() as unknown as { running: object[]; last: { verdict: string }[] } }
}

test('a drill that began runs until it says how it ended, and the end is because of the beginning', async () => {
  const { heard, say, shown } = drills()
  const { id } = (await say('began', { ...words, pid: 7 })) as { id: string }
  assert.equal(shown().running.length, 1)
  await say('ended', {
    ...words,
    began: id,
    verdict: 'yes',
    proved: ['none was refused: 0 refused'],
    broke: [],
    regressed: false,
  })
  assert.equal(shown().running.length, 0)
  assert.equal(shown().last[0]!.verdict, 'yes')
  assert.deepEqual(
    heard.map(one => [one.name, one.level, one.because]),
    [
      ['drill.began', 'info', undefined],
      ['drill.ended', 'info', id],
    ],
  )
  assert.equal(story(heard[0]!), 'The drill crash, on shop/web, begins (ann): what breaks until its end is meant to')
  assert.equal(story(heard[1]!), 'The drill crash, on shop/web, held: none was refused: 0 refused')
})

test('one that did not hold is a warning; the control arm, which must not hold, is none', async () => {
  const { heard, say } = drills()
  const no = { ...words, verdict: 'no', proved: [], broke: ['back within 5 s: it did not come back'], regressed: true }
  await say('ended', no)
  await say('ended', { ...no, regressed: false, without: ['supervision'] })
  assert.deepEqual(
    heard.map(one => one.level),
    ['warn', 'info'],
  )
  assert.match(story(heard[0]!), /held before, and no longer does: back within 5 s: it did not come back$/)
  assert.match(story(heard[1]!), /^The drill crash without supervision, on shop\/web, did not hold/)
})

test('one that was killed is shown no longer; what makes no sense is refused and tells nothing', async () => {
  const { heard, dead, say, shown } = drills()
  await say('began', { ...words, pid: 7 })
  dead.add(7)
  assert.deepEqual(shown().running, [])
  for (const [verb, args] of [
    ['began', words],
    ['began', { ...words, pid: 7, drill: '' }],
    ['ended', { ...words, verdict: 'perhaps' }],
    ['ended', { ...words, stage: 'there', verdict: 'yes' }],
  ] as const)
    await assert.rejects(async () => say(verb, args), /Nothing was told of a drill/)
  assert.equal(heard.length, 1)
})

test('the drill that starts a program bare is told how it is started here; it is no event, and not shown', async () => {
  const { heard, say, shown } = drills()
  assert.deepEqual(await say('bare', { program: 'web' }), { command: 'node server.js', cwd: '/srv/shop' })
  assert.equal(await say('bare', { program: 'mail' }), null)
  assert.equal(heard.length, 0)
  assert.doesNotMatch(JSON.stringify(shown()), /server\.js/)
})
