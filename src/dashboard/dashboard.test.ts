// The dashboard's server over the real control socket: who is let in, what is told, and that nothing is done without a reason.
import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { controlServer, lockState } from '../control/index.ts'
import { createEvents, isConfigError, type Json, type Part, SelfhealError, type Who } from '../core/index.ts'
import { dashboard } from './dashboard.ts'
import type { DashboardOptions } from './options.ts'
import { pageFile } from './page-files.ts'

async function open(t: TestContext, options: Partial<DashboardOptions> = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'selfheal-dashboard-')))
  const lock = lockState(folder)
  const events = createEvents()
  const acted: { readonly args: Json; readonly who: Who }[] = []
  let state = 'ready'
  const parts = (): readonly Part[] => [
    {
      path: 'shop/web',
      kind: 'program',
      snapshot: () => ({ state }),
      verbs: {
        restart: async (args, who) => {
          acted.push({ args, who })
          return { id: 'web' }
        },
        refuse: async () => {
          throw new SelfhealError('SELFHEAL_TOO_SOON', 'It has just started', 'Wait a second.')
        },
      },
    },
    { path: 'shop/steady', kind: 'component', snapshot: () => ({ state: 'running' }) },
  ]
  const control = await controlServer({ folder, parts, events, version: '1.2.3' })
  const shown = await dashboard({ folder, port: 0, ...options })
  t.after(async () => {
    await shown.close()
    await control.close()
    lock.release()
    rmSync(folder, { recursive: true, force: true })
  })
  const change = (to: string) => {
    state = to
    events.emit('control.acted', 'shop/web', { path: 'shop/web', verb: 'x', by: 'test', why: to })
  }
  return { folder, shown, control, acted, change, ask: asker(shown.port) }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  json(): Record<string, Json>
}

/** Raw: a fetch would not let a test say another Host. */
const asker =
  (port: number) =>
  (method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const host = `127.0.0.1:${port}`
      const asked = request({ host: '127.0.0.1', port, method, path, agent: false, headers: { host, ...headers } }, response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => (text += chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, text, json: () => JSON.parse(text) }),
        )
      })
      asked.on('error', reject)
      asked.end(body)
    })

const JSON_TYPE = { 'content-type': 'application/json' }
const wish = (more: object = {}) =>
  JSON.stringify({ path: 'shop/web', verb: 'restart', why: 'it is slow', confirm: true, ...more })

/** The stream's messages as they come; `next` waits for one that fits. */
async function stream(t: TestContext, port: number) {
  const controller = new AbortController()
  t.after(() => controller.abort())
  const response = await fetch(`http://127.0.0.1:${port}/api/stream`, { signal: controller.signal })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const came: Record<string, Json>[] = []
  let rest = ''
  const next = async (fits: (message: Record<string, Json>) => boolean) => {
    for (;;) {
      const at = came.findIndex(fits)
      if (at >= 0) return came.splice(0, at + 1).at(-1)!
      const { done, value } = await reader.read()
      if (done) throw new Error('the stream has ended')
      const lines = (rest + value).split('\n')
      rest = lines.pop()!
      for (const line of lines) if (line.startsWith('data: ')) came.push(JSON.parse(line.slice(6)))
    }
  }
  return { next, end: () => controller.abort() }
}

test('the page is served whole, keeps itself to itself, and is at most 80 kB', async t => {
  const { ask } = await open(t)
  const page = await ask('GET', '/')
  assert.equal(page.status, 200)
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'; script-src 'self'; style-src 'self'/)
  assert.equal(page.headers['x-content-type-options'], 'nosniff')
  const named = [...page.text.matchAll(/(?:src|href)="\.?(\/[\w.-]+)"/g)].map(match => match[1]!)
  assert.equal(named.length, 2, 'one script and one sheet')
  assert.doesNotMatch(page.text, /<script>|<style>| on\w+=/, 'nothing inline')
  let bytes = gzipSync(page.text).length
  for (const path of named) {
    const file = await ask('GET', path)
    assert.equal(file.status, 200, path)
    bytes += gzipSync(pageFile(path)!.body, { level: 9 }).length
  }
  console.log(`the page: ${bytes} bytes gzipped`)
  assert.ok(bytes > 10_000 && bytes <= 80_000, `${bytes} bytes`)
  assert.equal((await ask('GET', '/../package.json')).status, 404)
  assert.equal((await ask('GET', '/%2e%2e/routes.ts')).status, 404)
})

test('a page of another name (rebinding), another site or another origin is refused, whatever it asks', async t => {
  const { ask, acted, shown } = await open(t)
  for (const host of ['evil.example', `evil.example:${shown.port}`, 'localhost.evil.example', '10.0.0.1'])
    assert.equal((await ask('GET', '/api/parts', { host })).status, 403, host)
  for (const host of ['localhost:4040', '[::1]:4040', '127.0.0.2'])
    assert.equal((await ask('GET', '/api/parts', { host })).status, 200, host)
  assert.equal((await ask('GET', '/api/parts', { 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal(
    (await ask('GET', '/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status,
    200,
    'a link to it',
  )
  for (const headers of [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${shown.port + 1}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as Record<string, string>[])
    assert.equal((await ask('POST', '/api/act', { ...JSON_TYPE, ...headers }, wish())).status, 403, JSON.stringify(headers))
  assert.equal((await ask('POST', '/api/act', { 'content-type': 'text/plain' }, wish())).status, 400, 'what a form could send')
  assert.deepEqual(acted, [])
})

test('a verb is used when it is confirmed and has a reason, and keeps who, why and until; a refusal comes through in words', async t => {
  const { ask, acted, shown } = await open(t)
  const post = (body: string) =>
    ask('POST', '/api/act', { ...JSON_TYPE, origin: `http://127.0.0.1:${shown.port}`, 'sec-fetch-site': 'same-origin' }, body)
  for (const body of [wish({ confirm: false }), wish({ why: ' ' }), wish({ path: '' }), wish({ until: 'soon' }), '[]', 'x', ''])
    assert.equal((await post(body)).status, 400, body)
  assert.deepEqual(acted, [])
  const done = await post(wish({ args: { a: 1 }, until: 123, by: 'Ada' }))
  assert.deepEqual(done.json(), { v: 1, value: { id: 'web' } })
  assert.deepEqual(acted, [{ args: { a: 1 }, who: { by: 'Ada', why: 'it is slow', until: 123 } }])
  const refused = await post(wish({ verb: 'refuse' }))
  assert.equal(refused.status, 409)
  assert.deepEqual(refused.json(), { v: 1, code: 'SELFHEAL_TOO_SOON', message: 'It has just started', mend: 'Wait a second.' })
  assert.equal((await post(`{"path":"${'x'.repeat(70_000)}"}`)).status, 413)
})

test('one stream tells the whole first, then what changed alone, each event in words; and when selfheal goes and comes', async t => {
  const { shown, change, control } = await open(t)
  const { next, end } = await stream(t, shown.port)
  const first = await next(message => message['is'] === 'parts')
  assert.equal(first['whole'], true)
  assert.equal((first['parts'] as unknown[]).length, 2)
  assert.equal(shown.watchers(), 1)
  // The events' stream is opened after the first look: what happens before that is seen by a later look alone.
  const again = setInterval(() => change('hung'), 50)
  t.after(() => clearInterval(again))
  const news = await next(message => message['is'] === 'parts' && (message['parts'] as unknown[]).length > 0)
  assert.equal(news['whole'], false)
  assert.deepEqual(
    (news['parts'] as { path: string; snapshot: Json }[]).map(part => [part.path, part.snapshot]),
    [['shop/web', { state: 'hung' }]],
  )
  const told = await next(message => message['is'] === 'told')
  assert.match((told['event'] as { says: string }).says, /shop\/web/)
  clearInterval(again)
  await control.close()
  const away = await next(message => message['is'] === 'away')
  assert.equal((away['why'] as { code: string }).code, 'SELFHEAL_NOTHING_RUNS')
  assert.equal((await fetch(`${shown.url}/api/parts`)).status, 503)
  end()
  while (shown.watchers() > 0) await new Promise(resolve => setTimeout(resolve, 5))
})

test('with a token nobody sees anything before it is said, by form or by header; a wrong one opens nothing', async t => {
  const token = 'a-token-of-our-own'
  const { ask, acted } = await open(t, { token })
  for (const path of ['/', '/page.js', '/api/parts', '/api/stream', '/api/incidents'])
    assert.equal((await ask('GET', path)).status, 401, path)
  assert.equal((await ask('POST', '/api/act', JSON_TYPE, wish())).status, 401)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  assert.equal((await ask('POST', '/login', form, 'token=another-token-entirely')).status, 401)
  assert.equal((await ask('POST', '/login', { ...form, origin: 'http://evil.example' }, `token=${token}`)).status, 403)
  const login = await ask('POST', '/login', form, `token=${token}`)
  assert.equal(login.status, 303)
  const kept = String(login.headers['set-cookie'])
  assert.match(kept, /HttpOnly/)
  assert.match(kept, /SameSite=Strict/)
  assert.ok(!kept.includes(token), 'the token itself is not kept')
  const cookie = kept.split(';')[0]!
  assert.equal((await ask('GET', '/', { cookie })).status, 200)
  assert.equal((await ask('GET', '/', { cookie: `${cookie}x` })).status, 401)
  assert.equal((await ask('GET', '/api/parts', { authorization: `Bearer ${token}` })).status, 200)
  assert.equal((await ask('GET', '/api/parts', { authorization: `Bearer ${token}x` })).status, 401)
  assert.deepEqual(acted, [])
})

test('beyond loopback it does not begin without a token, or with a short one; there its addresses and names are known', async t => {
  const begun = (options: Partial<DashboardOptions>) => dashboard({ folder: '/nowhere', port: 0, ...options })
  for (const options of [{ host: '0.0.0.0' }, { host: '::' }, { host: '0.0.0.0', token: 'short' }])
    await assert.rejects(begun(options), error => isConfigError(error) && error.faults[0]!.at === 'token')
  const token = 'a-token-of-our-own'
  const { ask } = await open(t, { host: '0.0.0.0', token, names: ['shop.example'] })
  const authorization = `Bearer ${token}`
  for (const host of ['shop.example', '192.168.1.7:4040', 'localhost'])
    assert.equal((await ask('GET', '/api/parts', { host, authorization })).status, 200, host)
  assert.equal((await ask('GET', '/api/parts', { host: 'evil.example', authorization })).status, 403)
})

test('a port that is taken is told, or the next that is free is used', async t => {
  const { shown, folder } = await open(t)
  await assert.rejects(dashboard({ folder, port: shown.port }), { code: 'SELFHEAL_PORT_TAKEN' })
  const next = await dashboard({ folder, port: shown.port, orNext: true })
  t.after(() => next.close())
  assert.ok(next.port > shown.port && next.port <= shown.port + 20)
})

test('a drill that is known can be begun with a reason; others can’t', async t => {
  const begun: string[] = []
  const { ask } = await open(t, {
    drills: async () => [{ name: 'crash', says: 'kill -9' }],
    drill: async name => {
      begun.push(name)
      return { pid: 7 }
    },
  })
  const post = (name: string, body: object) => ask('POST', `/api/drills/${name}`, JSON_TYPE, JSON.stringify(body))
  assert.equal((await post('crash', { why: 'to see' })).status, 400)
  assert.equal((await post('other', { why: 'to see', confirm: true })).status, 409)
  assert.equal((await post('crash', { why: 'to see', confirm: true })).json()['pid'], 7)
  assert.deepEqual(begun, ['crash'])
  assert.deepEqual((await ask('GET', '/api/drills')).json()['drills'], [{ name: 'crash', says: 'kill -9' }])
})
