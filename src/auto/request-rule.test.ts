// Which origin a request of node:http goes to, whose fault its end was, and how it gets on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { destinationOf, heardAs, isPlain, judgeOrigin, progressOf, Verdict } from './request-rule.ts'

const address = (first: unknown, second?: unknown, secure = false) => destinationOf(first, second, secure)?.address

test('where it goes: by an address, by options, by both; the options win', () => {
  assert.equal(address('http://api.example.com/x'), 'http://api.example.com:80')
  assert.equal(
    address(new URL('https://api.example.com:8443/x'), () => {}, true),
    'https://api.example.com:8443',
  )
  assert.equal(address({ host: 'a', hostname: 'b', port: '81' }), 'http://b:81')
  assert.equal(
    address({ host: 'api.example.com' }, () => {}, true),
    'https://api.example.com:443',
  )
  assert.equal(address('http://a/', { port: 82, method: 'POST' }), 'http://a:82')
  assert.equal(address({ host: '::1', port: 80 }), 'http://[::1]:80')
  assert.equal(address({}), 'http://localhost:80')
})

test('what is none of ours: a path of a socket, CONNECT, upgrades, a proxy, a connection of the app’s own, nonsense', () => {
  const own = [
    { socketPath: '/var/run/docker.sock' },
    { agent: { options: { socketPath: '/x' } } },
    { method: 'connect' },
    { headers: { Upgrade: 'websocket' } },
    { headers: ['Host', 'a', 'upgrade', 'websocket'] },
    { headers: [['upgrade', 'websocket']] },
    { path: 'http://api.example.com/by/a/proxy' },
    { createConnection: () => {} },
    { protocol: 'ftp:' },
  ]
  for (const options of own) assert.equal(address({ host: 'a', ...options }), undefined, JSON.stringify(options))
  assert.equal(address('not an address'), undefined)
  assert.notEqual(address({ host: 'a', headers: { 'upgrade-insecure-requests': '1' } }), undefined)
})

test('an agent that goes its own way, or by a proxy of the environment, is known', () => {
  class Plain {
    options: object = {}
    addRequest() {}
    createSocket() {}
    createConnection() {}
  }
  class Proxied extends Plain {
    override createConnection() {}
  }
  const own = { prototypes: [Plain.prototype] }
  assert.equal(isPlain(undefined, own), true)
  assert.equal(isPlain(false, own), true)
  assert.equal(isPlain(new Plain(), own), true)
  assert.equal(isPlain(new Proxied(), own), false)
  assert.equal(isPlain(Object.assign(new Plain(), { options: { proxyEnv: {} } }), own), false)
})

test('an answer is judged by its status, as a fetch would be', () => {
  const answer = (statusCode: number, headers = {}) => judgeOrigin({ value: { statusCode, headers } })
  assert.deepEqual(answer(200), { ran: 'yes', blame: 'none' })
  assert.deepEqual(answer(404), { ran: 'no', blame: 'caller' })
  assert.deepEqual(answer(500), { ran: 'maybe', blame: 'them' })
  assert.deepEqual(answer(503, { 'retry-after': '3' }), { ran: 'no', blame: 'them', retryAfterMs: 3_000 })
  assert.equal(judgeOrigin({ error: new Error('x') }), undefined)
})

const request = (of: object) => of as never
const blame = (told: unknown) => (told instanceof Verdict ? told.judgement.blame : told)

test('an error is the origin’s, unless the app ended the request; a time of its own that ran out is the origin’s again', () => {
  const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  const late = Object.assign(new Error('timeout of 2000ms exceeded'), { code: 'ECONNABORTED' })
  assert.equal(heardAs(request({ destroyed: false, socket: {} }), reset, 5), reset)
  const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
  assert.equal(heardAs(request({ destroyed: true, socket: null }), refused, 5), refused)
  assert.equal(blame(heardAs(request({ destroyed: true, socket: {} }), reset, 9_000)), 'caller')
  assert.equal(blame(heardAs(request({ destroyed: true, socket: {} }), late, 2_000)), 'them')
  assert.equal(blame(heardAs(request({ destroyed: true, socket: {} }), late, 50)), 'caller')
  // req.setTimeout(3_000) and destroy() without a word; 5 s are every agent's, and say nothing.
  assert.equal(blame(heardAs(request({ destroyed: true, socket: { timeout: 3_000 } }), reset, 3_001)), 'them')
  const usual = { destroyed: true, socket: { timeout: 5_000 }, agent: { options: { timeout: 5_000 } } }
  assert.equal(blame(heardAs(request(usual), reset, 8_000)), 'caller')
})

test('it gets on while it waits for a place, while its body is sent, and while the app has not written it', () => {
  const before = { heardAt: 0, written: 10 }
  const sending = { writableEnded: true, writableFinished: false }
  assert.deepEqual(progressOf(request({ socket: null }), before, 5), { heardAt: 5, written: 0 })
  assert.equal(progressOf(request({ socket: {}, writableFinished: true }), before, 5), before)
  assert.equal(progressOf(request({ socket: { bytesWritten: 10, writableLength: 9 }, ...sending }), before, 5), before)
  const more = progressOf(request({ socket: { bytesWritten: 11, writableLength: 9 }, ...sending }), before, 5)
  assert.deepEqual(more, { heardAt: 5, written: 11 })
  const taken = { bytesWritten: 10, writableLength: 9, _handle: { writeQueueSize: 4 } }
  assert.deepEqual(progressOf(request({ socket: taken, ...sending }), before, 5), { heardAt: 5, written: 6 })
  const secure = { ...taken, _handle: { writeQueueSize: 10, _parent: { writeQueueSize: 3 } } }
  assert.deepEqual(progressOf(request({ socket: secure, ...sending }), before, 5), { heardAt: 5, written: 7 })
  const unwritten = { bytesWritten: 10, writableLength: 0, connecting: false }
  assert.equal(progressOf(request({ socket: unwritten, writableEnded: false }), before, 5).heardAt, 5)
})
