// An app that has never heard of us and asks its APIs by axios, got, the Stripe SDK and node:http itself, with `--import selfheal/auto`: what
// each of them gets when the API is down, and what the API gets; all that works without us works with us.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { type Api, type Mode, testApi } from './auto/api.ts'
import { type AutoApp, autoApp } from './auto/kit.ts'
import { until } from './program/kit.ts'

const SAYS: Readonly<Record<Exclude<Mode, 'well'>, string>> = {
  refuses: 'is gone',
  hung: 'hangs',
  busy: 'answers 503',
  resets: 'resets half-way',
}
const FAULTS = Object.keys(SAYS) as (keyof typeof SAYS)[]
const KINDS = {
  named: 'RejectedError',
  required: 'RejectedError',
  got: 'RequestError',
  axios: 'AxiosError',
  pay: 'AxiosError',
  stripe: 'StripeConnectionError',
  fetch: 'RejectedError',
  undici: 'RejectedError',
}
/** They try again by themselves. */
const TRIES: Readonly<Record<string, number>> = { got: 2, stripe: 3 }
let app: AutoApp
let well: Api & { close(): void }
before(async () => {
  app = await autoApp('clients.mjs', {})
  well = await testApi()
})
after(async () => {
  await app?.end()
  well?.close()
})
const ask = async (client: string, to: number | string) => (await app.ask(`/${client}/${to}`)).text

test('what works without us works: clients, redirects, bodies both ways, Expect, upgrades, sockets, giving up, the context of callbacks', async t => {
  const path = join(tmpdir(), `selfheal-clients-${process.pid}.sock`)
  const socket = createServer((_, response) => response.end('by a path')).listen(path)
  t.after(() => socket.close())
  await once(socket, 'listening')
  const expected = {
    ...{
      is: 'true true true',
      named: '7',
      required: '7',
      got: '7',
      axios: '7',
      pay: '7',
      stripe: 'cus_1',
      fetch: '7',
      moved: '7',
    },
    ...{ big: '3000000', sent: '3000000', expected: '3', upgraded: 'hello', context: 'mine', given_up: 'ECONNRESET' },
    ended: 'as without us',
  }
  for (const [client, said] of Object.entries(expected))
    assert.equal(await ask(client, well.port), said, `${client}: ${app.said()}`)
  assert.equal(await ask('socket', encodeURIComponent(path)), 'by a path')
  // Its caller's giving up is not the API's fault.
  for (let i = 0; i < 15; i++) assert.equal(await ask('given_up', well.port), 'ECONNRESET')
  assert.equal(await ask('named', well.port), '7')
})

test('each client is refused in its own way while the API is down, nothing is opened there, and all is back by itself', {
  concurrency: FAULTS.length,
}, async t => {
  await Promise.all(FAULTS.map(fault => t.test(`the API ${SAYS[fault]}`, t => falls(t, fault))))
})

async function falls(t: TestContext, fault: keyof typeof SAYS): Promise<void> {
  const api = await testApi()
  t.after(() => api.close())
  // Idle connections in agents, and one of an upgrade, which is nobody's but the app's.
  for (const client of ['named', 'required', 'axios', 'stripe', 'got', 'fetch', 'undici']) await ask(client, api.port)
  // Two under way, and two that wait for a place in their agent: nobody ends them but us.
  const waiting = Array.from({ length: 4 }, () => ask('waiting', api.port))
  await until('two to be under way', () => api.asked >= 9)
  await api.become(fault)

  const paid = api.paid
  assert.notEqual(await ask('pay', api.port), '7')
  assert.equal(api.paid - paid, fault === 'refuses' ? 0 : 1, 'a payment is sent once')
  await until('its breaker to open', async () => {
    const said = await Promise.all(Array.from({ length: 12 }, () => ask('axios', api.port)))
    return said.some(text => text.startsWith('SELFHEAL_BREAKER_'))
  })
  await until('its connections to be closed', () => api.connections() === 0)
  const ended = (await Promise.all(waiting)).sort()
  const [queued, sent] = ['SELFHEAL_DEPENDENCY_DOWN no RejectedError', 'SELFHEAL_DEPENDENCY_DOWN maybe RejectedError']
  if (fault !== 'refuses') assert.deepEqual(ended, [sent, sent, queued, queued])
  // It lets some in again and again, for nothing else shows that it is well: what is refused reaches nobody.
  const before = api.asked
  let reached = 0
  const refusals = Object.entries(KINDS).map(async ([client, kind]) => {
    let said = ''
    await until(`${client} to be refused`, async () => {
      said = await ask(client, api.port)
      const refused = said.startsWith('SELFHEAL_BREAKER_')
      if (!refused) reached += TRIES[client] ?? 1
      return refused
    })
    assert.match(said, new RegExp(`^SELFHEAL_BREAKER_(OPEN|RAMPING) (no )?${kind}$`), client)
  })
  await Promise.all(refusals)
  // Who tries again may have been let in before it was refused.
  assert.ok(api.asked - before <= reached + 3, `${api.asked - before} requests reached it, of which ${reached} were let in`)

  // What Node refuses at once is no refusal of ours, nor an unhandled rejection.
  for (let i = 0; i < 5; i++) assert.match(await ask('malformed', api.port), /^ERR_UNESCAPED_CHARACTERS/)

  await api.become('well')
  for (const client of Object.keys(KINDS))
    await until(`${client} to be back`, async () => /^(7|cus_1)$/.test(await ask(client, api.port)))
  assert.equal(app.process.exitCode, null, app.said())
  assert.doesNotMatch(app.said(), /Unhandled|uncaught| {4}at /)
}

test('report: nothing is changed, and each origin is one line, whoever asked it', async t => {
  const watched = await autoApp('clients.mjs', { SELFHEAL_AUTO: 'report' })
  t.after(() => watched.end())
  const asked = ['named', 'axios', 'stripe', 'fetch', 'undici', 'given_up']
  for (const client of asked) await watched.ask(`/${client}/${well.port}`)
  assert.match(await watched.end(), new RegExp(`http:127\\.0\\.0\\.1:${well.port}: ${asked.length} calls, the longest`))
})
