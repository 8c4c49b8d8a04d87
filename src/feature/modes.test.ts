// The mode endpoint on real sockets.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { type Reading, type ShownModes, settableNeed } from '../core/index.ts'
import { type Modes, type ModesOptions, modes } from './index.ts'

const FULL: Reading = { usable: 'full', state: 'up', causes: [], since: 0 }
const NONE: Reading = {
  usable: 'none',
  state: 'down',
  causes: [{ code: 'PG_DOWN', says: 'connect ECONNREFUSED 10.0.0.5:5432', since: 7 }],
  since: 7,
}
const servers: Server[] = []
const made: Modes[] = []
after(() => {
  for (const one of made) one.close()
  for (const server of servers) server.closeAllConnections()
  for (const server of servers) server.close()
})

async function world(options: ModesOptions = {}) {
  const db = settableNeed('database', FULL)
  const all = modes(options)
  made.push(all)
  const sell = all.feature('sell', { needs: [db], otherwise: 'readonly', back: { after: 1 } })
  const server = createServer((request, response) => {
    if (!all.handler(request, response)) response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return { db, all, sell, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** One page on the stream: what it was told, and a wait for the n-th telling. */
async function page(origin: string) {
  const told: ShownModes[] = []
  const waiting: [number, () => void][] = []
  const request = get(`${origin}/selfheal/modes/stream`, { agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      if (event.startsWith('data: ')) told.push(JSON.parse(event.slice(6)))
    }
    for (const [n, done] of waiting) if (told.length >= n) done()
  })
  response.on('error', () => {})
  const nth = (n: number) => new Promise<void>(done => (told.length >= n ? done() : waiting.push([n, done])))
  return { response, told, nth, end: () => request.destroy() }
}

test('the snapshot tells modes, since when and why, in words for visitors, and nothing of how we are built', async () => {
  const { db, origin, all } = await world()
  db.set(NONE)
  const answer = await fetch(`${origin}/selfheal/modes`)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const text = await answer.text()
  const { v, at, features } = JSON.parse(text) as ShownModes
  assert.equal(v, 1)
  assert.ok(Math.abs(at - Date.now()) < 60_000)
  assert.equal(features['sell']!.mode, 'readonly')
  assert.ok(features['sell']!.since <= at)
  assert.deepEqual(features['sell']!.causes, [{ code: 'PG_DOWN', says: 'the database can’t be reached just now', since: 7 }])
  assert.equal(features['app']!.mode, 'on')
  assert.doesNotMatch(text, /ECONNREFUSED|10\.0\.0\.5/)
  await all.app.verbs!['readonly']!(null, { by: 'ada@host', why: 'We move house until six' })
  const operated = await (await fetch(`${origin}/selfheal/modes`)).text()
  assert.match(operated, /We move house until six/)
  assert.doesNotMatch(operated, /ada@host/)
})

test('a page is told the whole state at once, and each change as it comes; ten features that fall together are one message', async () => {
  const { db, all, origin } = await world()
  for (let i = 0; i < 9; i++) all.feature(`more-${i}`, { needs: [db], back: { after: 1 } })
  const one = await page(origin)
  await one.nth(1)
  assert.equal(one.response.headers['content-type'], 'text/event-stream')
  assert.match(String(one.response.headers['cache-control']), /no-store/)
  db.set(NONE)
  await one.nth(2)
  assert.deepEqual(new Set(Object.values(one.told[1]!.features).map(feature => feature.mode)), new Set(['on', 'readonly', 'off']))
  db.set(FULL)
  await one.nth(3)
  assert.equal(one.told.length, 3)
  assert.ok(Object.values(one.told[2]!.features).every(feature => feature.mode === 'on'))
  one.end()
})

test('a page that leaves is forgotten, one too many is sent to polling, and a stop ends all', async () => {
  const { all, origin } = await world({ mostStreams: 2 })
  const [a, b] = [await page(origin), await page(origin)]
  await Promise.all([a.nth(1), b.nth(1)])
  assert.equal(all.streams(), 2)
  const refused = await fetch(`${origin}/selfheal/modes/stream`)
  assert.equal(refused.status, 503)
  assert.ok(Number(refused.headers.get('retry-after')) >= 5)
  a.end()
  while (all.streams() > 1) await new Promise(resolve => setTimeout(resolve, 5))
  const ended = once(b.response, 'end')
  all.close()
  await ended
  assert.equal(all.streams(), 0)
})

test('returns are spread the more, the more pages there are', async () => {
  const { all, origin } = await world()
  const before = all.shown().spreadMs
  const pages = await Promise.all(Array.from({ length: 20 }, () => page(origin)))
  await Promise.all(pages.map(one => one.nth(1)))
  assert.equal(all.shown().spreadMs, before, 'few pages need no more')
  for (const one of pages) one.end()
  assert.ok(before >= 2_000)
})

test('what is not ours is left to the app, and only reading is answered', async () => {
  const { origin } = await world()
  for (const path of [
    '/',
    '/selfheal',
    '/selfheal/',
    '/selfheal/modes/',
    '/selfheal/modesx',
    '/selfheal/browser/nope.js',
    '/selfheal/browser/../modes.js',
    '/x/selfheal/modes',
  ])
    assert.equal((await fetch(origin + path)).status, 404, path)
  assert.equal((await fetch(`${origin}/selfheal/modes`, { method: 'POST' })).status, 405)
  assert.equal(await (await fetch(`${origin}/selfheal/modes`, { method: 'HEAD' })).text(), '')
})

test('the browser’s client comes as plain modules whose imports are there too, and is not sent twice', async () => {
  const { origin } = await world()
  const seen = new Set<string>()
  const load = async (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    const answer = await fetch(`${origin}/selfheal/browser/${name}`)
    assert.equal(answer.status, 200, name)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/)
    const text = await answer.text()
    const again = await fetch(`${origin}/selfheal/browser/${name}`, { headers: { 'if-none-match': answer.headers.get('etag')! } })
    assert.equal(again.status, 304)
    for (const [, next] of text.matchAll(/(?:from|import)\s*['"]\.\/([^'"]+)['"]/g)) await load(next!)
    assert.doesNotMatch(text, /from\s*['"](?!\.\/)/, `${name} imports something a page does not have`)
  }
  await load('index.js')
  assert.ok(seen.size >= 4)
})

test('the first state is safe inside HTML', async () => {
  const { all } = await world()
  await all.app.verbs!['readonly']!(null, { by: 'x', why: '</script><script>alert(1)</script>\u2028' })
  const html = all.script()
  assert.equal(html.match(/<\/script>/g)!.length, 1)
  const json = /^<script [^>]*>(.*)<\/script>$/s.exec(html)![1]!
  assert.match((JSON.parse(json) as ShownModes).features['app']!.causes[0]!.says, /<\/script>/)
})
