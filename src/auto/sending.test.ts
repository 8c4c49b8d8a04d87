// How long a request of node:http is waited for, what a drop ends, and what its origin's guard hears: on the manual clock.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { manualClock } from '../testing/index.ts'
import type { Way } from './origins.ts'
import { destinationOf, Verdict } from './request-rule.ts'
import { sendingTo } from './sending.ts'

class FakeRequest extends EventEmitter {
  socket: object | null = { bytesWritten: 1, writableLength: 0, connecting: false, destroy() {}, once() {} }
  writableEnded = true
  writableFinished = true
  destroyed = false
  closed = false
  error: unknown
  agent: { requests: Record<string, unknown[]> } | undefined
  handed = 0
  destroy(error: unknown) {
    if (this.destroyed) return
    this.destroyed = true
    this.error = error
  }
  onSocket() {
    this.handed++
  }
}

function rig(onlyWatched = false, options = {}) {
  const clock = manualClock()
  const heard: unknown[] = []
  let way!: Way
  const origin = {
    name: 'http:api',
    join: (joined: Way) => void (way = joined),
    ask: <T>(work: (call: undefined) => Promise<T>): Promise<T> => {
      const ended = work(undefined)
      ended.then(
        value => heard.push(value),
        error => heard.push(error),
      )
      return ended
    },
  }
  const sending = sendingTo(origin, onlyWatched, clock)
  const send = (request = new FakeRequest()) => {
    const { sent } = sending.ask(destinationOf({ host: 'api', ...options }, undefined, false)!, undefined, false)
    sent!.begun(request as never)
    return { request, sent: sent! }
  }
  return { clock, heard, send, way: () => way }
}
const code = (error: unknown) => (error as { code?: string } | undefined)?.code

test('without an end of its own it is answered after 30 s; with one, or only watched, it is left to it', async () => {
  const plain = rig()
  const { request } = plain.send()
  await plain.clock.advance(29_000)
  assert.equal(request.destroyed, false)
  assert.equal(plain.way().late(25_000), 1)
  await plain.clock.advance(2_000)
  assert.equal(code(request.error), 'SELFHEAL_DEADLINE_EXCEEDED')
  assert.equal(code(plain.heard[0]), 'SELFHEAL_DEADLINE_EXCEEDED')

  const listening = rig()
  const own = listening.send()
  own.request.on('timeout', () => {})
  own.request.socket = { ...own.request.socket, timeout: 95_000 }
  const signalled = rig(false, { signal: new AbortController().signal })
  const watched = rig(true)
  for (const { rig, request } of [
    { rig: listening, request: own.request },
    { rig: signalled, request: signalled.send().request },
    { rig: watched, request: watched.send().request },
  ]) {
    await rig.clock.advance(90_000)
    assert.equal(request.destroyed, false)
    assert.deepEqual(rig.heard, [])
  }
  // Its time ran out, and who listened did not end it.
  await listening.clock.advance(10_000)
  assert.equal(code(own.request.error), 'SELFHEAL_DEADLINE_EXCEEDED')

  // axios: whoever follows redirects listens, and there is no time.
  const redirected = rig()
  const followed = redirected.send()
  followed.request.on('timeout', () => {})
  await redirected.clock.advance(32_000)
  assert.equal(code(followed.request.error), 'SELFHEAL_DEADLINE_EXCEEDED')
})

test('one that waits for a place in its agent, or whose body is still being sent, is not late; the 30 s begin after that', async () => {
  const { clock, heard, send, way } = rig()
  const { request } = send()
  request.socket = null
  await clock.advance(40_000)
  assert.equal(request.destroyed, false)
  assert.equal(way().late(25_000), 0)
  assert.ok(heard[0] instanceof Verdict, 'its origin is not slow')
  request.socket = { bytesWritten: 1, writableLength: 0 }
  await clock.advance(28_000)
  assert.equal(request.destroyed, false)
  await clock.advance(4_000)
  assert.equal(code(request.error), 'SELFHEAL_DEADLINE_EXCEEDED')
})

test('a drop ends what is under way, what waits for a place, and the connections that were used; it says what may have been done', async () => {
  const { send, way, heard } = rig()
  const sent = send()
  const queued = send()
  queued.request.socket = null
  queued.request.agent = { requests: { api: [queued.request], other: [{}] } }
  const idle = { ended: 0, destroy: () => idle.ended++, once() {} }
  send().sent.answered({ statusCode: 200, socket: idle } as never)
  assert.deepEqual(way().counts(), { open: 1 })
  assert.equal(await way().drop(undefined as never), 2)
  assert.deepEqual(Object.keys(queued.request.agent.requests), ['other'])
  assert.equal(queued.request.handed, 1)
  assert.equal(idle.ended, 1)
  const ran = [sent, queued].map(({ request }) => (request.error as { ran: string }).ran)
  assert.deepEqual(ran, ['maybe', 'no'])
  assert.equal(heard.length, 3)
})

test('given up before it had a connection: its origin’s guard hears that it is its caller’s', async () => {
  const { clock, heard, send } = rig()
  const { request } = send()
  request.socket = null
  request.destroyed = true
  await clock.advance(3_000)
  assert.ok(heard[0] instanceof Verdict)
  assert.equal((heard[0] as Verdict).judgement.blame, 'caller')
})
