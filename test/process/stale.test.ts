// `selfheal run --standby stale`: while the app itself is down its last good public answers go on being shown, with their age; what was
// nobody else's is not; writes are refused with a reason. Then the app is back, and answers itself.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { needs } from '../part.ts'
import { freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const app = (port: number) => `import http from 'node:http'
import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
if (existsSync('broken')) throw new Error('a bad release')
const html = text => '<!doctype html><html><body class="x"><h1>' + text + '</h1></body></html>'
http.createServer((request, response) => {
  const { url } = request
  if (url === '/open') response.writeHead(200, { 'Content-Type': 'text/html', 'Cache-Control': 'public, max-age=60' }).end(html('open to all'))
  else if (url === '/zipped') {
    response.setHeader('content-type', 'text/html')
    response.setHeader('cache-control', 'public')
    response.setHeader('content-encoding', 'gzip')
    const body = gzipSync(html('zipped'))
    response.write(body.subarray(0, 10))
    response.end(body.subarray(10))
  } else if (url === '/mine') response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'private, max-age=60' }).end('my own')
  else if (url.startsWith('/listing/')) response.writeHead(200, ['Content-Type', 'application/json', 'Set-Cookie', 'visitor=7']).end(JSON.stringify({ url, for: request.headers.cookie ?? 'a stranger' }))
  else response.writeHead(404, { 'cache-control': 'public' }).end('no')
}).listen(${port})
`

test('an app that is down is still readable, as a stranger saw it, and says how old it is', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': app(port) })
  p.run('--intensity', '1', '--backoff', '1ms', '--standby', 'stale:/listing/*', '--port', String(port), 'node', 'app.mjs')
  await p.ready()
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers: { connection: 'close', accept: 'text/html', ...(init.headers as object) },
    })
  const plain = await (await ask('/open')).text()
  assert.match(plain, /open to all/)
  assert.match(await (await ask('/zipped')).text(), /zipped/)
  for (const path of ['/mine', '/none', '/listing/7']) await (await ask(path)).text()
  assert.match(await (await ask('/listing/8', { headers: { cookie: 'visitor=9' } })).text(), /visitor=9/)
  await (await ask('/open', { method: 'POST' })).text()
  await wait(300)

  // ── A bad release: it crash-loops
  p.write('broken', '')
  await p.kill()
  await until(
    'the standby answers',
    async () => (await ask('/open').catch(() => undefined))?.headers.get('selfheal-stale') !== null,
  )
  const open = await ask('/open')
  const text = await open.text()
  assert.equal(open.status, 200)
  assert.match(
    text,
    /<body class="x"><p role="status" data-selfheal-stale>This page is as it was [\d.]+ m?s ago.*<h1>open to all/,
  )
  assert.ok(Number(open.headers.get('age')) >= 0)
  assert.deepEqual(
    [open.headers.get('cache-control'), open.headers.get('warning')],
    ['no-store', '110 selfheal "Response is Stale"'],
  )
  const zipped = await ask('/zipped')
  assert.equal(zipped.headers.get('content-encoding'), null)
  assert.match(await zipped.text(), /This page is as it was.*zipped/)
  const listing = await ask('/listing/7')
  assert.deepEqual(await listing.json(), { url: '/listing/7', for: 'a stranger' })
  assert.equal(listing.headers.get('set-cookie'), null)
  for (const path of ['/mine', '/none', '/listing/8']) assert.equal((await ask(path)).status, 503, path)
  const write = await ask('/open', { method: 'POST', headers: { accept: 'application/json' } })
  assert.equal(write.status, 503)
  assert.match(write.headers.get('content-type')!, /problem\+json/)
  assert.ok(Number(write.headers.get('retry-after')) >= 1)

  // ── Mended: it answers itself
  rmSync(join(p.folder, 'broken'))
  await p.act('restart')
  await until('the app answers', async () => (await (await ask('/open')).text()) === plain)
})
