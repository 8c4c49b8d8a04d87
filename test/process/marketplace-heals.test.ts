// The marketplace under `selfheal run`, broken as `npm run break` breaks it: what visitors can do, what the books of both providers say,
// and the story the journal tells. Its own data, ports and state folder.
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { controlClient } from 'selfheal/control'
import type { Entry } from 'selfheal/journal'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { until as patiently } from './dependency/kit.ts'
import { faults, launchChromium, picture } from './marketplace/chromium.ts'
import { shopperOf } from './marketplace/shopper.ts'
import { freePort, until } from './program/kit.ts'

const chromium = needs('chromium')
const root = join(import.meta.dirname, '..', '..')
const data = mkdtempSync(join(tmpdir(), 'marketplace-heals-'))
const state = join(data, 'state')
const client = controlClient(state)
const WHO = { by: 'test', why: 'a test' }
let run: ChildProcess
let env: NodeJS.ProcessEnv
let origin: string
let admin: { readonly stripe: number; readonly braintree: number }

interface Charge {
  readonly state: string
  readonly metadata?: Readonly<Record<string, string>>
}
const books = async (which: keyof typeof admin): Promise<readonly Charge[]> =>
  (await (await fetch(`http://127.0.0.1:${admin[which]}/books`)).json()) as readonly Charge[]
const paid = async (which: keyof typeof admin) => (await books(which)).filter(one => one.state === 'paid').length
const modes = async () => {
  const { features } = (await (await fetch(`${origin}/selfheal/modes`)).json()) as { features: Record<string, { mode: string }> }
  return { browse: features['browse']!.mode, sell: features['sell']!.mode, buy: features['buy']!.mode }
}
const journal = async (name: string) =>
  (await client.act('selfheal/journal', 'query', { name, level: 'debug', limit: 1_000 }, WHO)) as unknown as readonly Entry[]
/** `npm run break -- …`, without waiting for what it tells. */
const breakIt = (name: string) =>
  promisify(execFile)(
    node,
    ['--conditions=@selfheal/source', '--disable-warning=ExperimentalWarning', 'examples/marketplace/break.ts', name],
    {
      cwd: root,
      env: { ...env, BREAK_WATCH_MS: '0' },
    },
  )
const pidOf = async (id: string) =>
  ((await client.parts()).parts.find(part => part.path === `selfheal/${id}`)!.snapshot as { pid: number }).pid

before(async () => {
  const [port, pg, a, b, c, d] = await Promise.all([freePort(), freePort(), freePort(), freePort(), freePort(), freePort()])
  admin = { stripe: b, braintree: d }
  origin = `http://127.0.0.1:${port}`
  env = {
    ...process.env,
    PORT: String(port),
    MARKETPLACE_DATA: data,
    MARKETPLACE_PGPORT: String(pg),
    MARKETPLACE_PAYMENT_PORTS: [a, b, c, d].join(','),
    SELFHEAL_STATE: state,
  }
  run = spawn(node, ['bin/selfheal.js', 'run', '--with-parent'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [run.stdout!, run.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  await until('the marketplace to be ready', async () => {
    if (run.exitCode !== null) throw new Error(`it ended:\n${said}`)
    const { parts } = await client.parts().catch(() => ({ parts: [] }))
    return parts.some(part => part.path === 'selfheal/app' && (part.snapshot as { state: string }).state === 'ready')
  })
})
after(async () => {
  run.kill('SIGTERM')
  if (run.exitCode === null && run.signalCode === null) await once(run, 'exit')
  rmSync(data, { recursive: true, force: true })
})

/** A visitor in a browser that has seen nothing yet: looks at the pages, and at what axe says when it is asked to; what was asked for. */
async function visit(browser: Browser, look: (page: Page, path: string) => Promise<void> = async () => {}): Promise<string[]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true })
  const page = await context.newPage()
  const asked: string[] = []
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  page.on('response', answer => {
    if (/public/.test(answer.headers()['cache-control'] ?? '')) asked.push(answer.url().slice(origin.length))
  })
  for (const path of ['/', '/listing/10']) {
    await page.goto(origin + path)
    await page
      .locator(path === '/' ? '.card' : '.listing h1')
      .first()
      .waitFor()
    await look(page, path)
  }
  assert.deepEqual(errors, [])
  await context.close()
  return asked
}

/** Nobody clicks on what would be refused. */
async function paused(page: Page) {
  await page
    .locator('#banner p')
    .getByText(/Buying and selling are paused since \d\d:\d\d: the site is getting itself working again/)
    .waitFor()
  assert.equal(await page.getByRole('button', { name: /^Buy for/ }).count(), 0)
}

test('a provider that is down: orders go on through the other, within their own deadline', needs('linux'), async () => {
  const visitor = shopperOf(origin)
  assert.equal((await visitor.post('/api/listings/3/buy')).status, 201)
  assert.equal(await paid('stripe'), 1)
  await breakIt('provider-a')
  for (const id of [4, 5, 6]) assert.equal((await visitor.post(`/api/listings/${id}/buy`)).status, 201)
  assert.equal(await paid('braintree'), 3)
  assert.equal(await paid('stripe'), 1)
  assert.equal((await modes()).buy, 'on')
})

test('charged, and never answered: the order is pending, then decided; nobody is charged twice', needs('linux'), async () => {
  await breakIt('restore')
  await client.act('selfheal/app/failover/payments', 'force', { provider: 'stripe' }, WHO)
  const before = { stripe: await paid('stripe'), braintree: await paid('braintree') }
  await breakIt('provider-a-charges-then-hangs')
  const visitor = shopperOf(origin)
  const bought = await visitor.post('/api/listings/7/buy')
  assert.equal(bought.status, 202)
  assert.equal((await visitor.post('/api/listings/7/buy')).status, 202, 'a second click is the same order')
  await breakIt('restore')
  await until('the order to be decided', async () => {
    const { bought } = await visitor.get('/api/orders')
    return bought[0]?.state === 'placed'
  })
  assert.deepEqual({ stripe: await paid('stripe'), braintree: await paid('braintree') }, { ...before, stripe: before.stripe + 1 })
  assert.equal((await journal('failover.parked')).length, 1)
})

test(
  'the database is frozen, then well: no process is restarted for it, writing pauses and returns, looking goes on',
  needs('linux'),
  async () => {
    const pid = await pidOf('app')
    await breakIt('database-hang')
    await until('buying to be off', async () => (await modes()).buy === 'off')
    assert.deepEqual(await modes(), { browse: 'on', sell: 'readonly', buy: 'off' })
    const visitor = shopperOf(origin)
    const listings = (await visitor.get('/api/listings')) as { total: number; asOf?: number }
    assert.ok(listings.total > 40 && typeof listings.asOf === 'number', 'what was last known, with its age')
    const refused = await visitor.ask('/api/listings/9/buy', { method: 'POST' })
    assert.equal(refused.status, 503)
    assert.equal(((await refused.json()) as { code: string }).code, 'SELFHEAL_FEATURE_OFF')
    await breakIt('restore')
    await until('all to be on', async () => Object.values(await modes()).every(mode => mode === 'on'))
    assert.equal((await visitor.post('/api/listings/9/buy')).status, 201)
    assert.equal(await pidOf('app'), pid)
    const [opened] = await journal('breaker.opened')
    const down = (await journal('dependency.down'))[0]!
    const off = (await journal('feature.changed')).find(one => (one.data as { to?: string }).to === 'off')
    assert.ok(opened !== undefined && off !== undefined)
    assert.match(JSON.stringify(off), /dependency|database/)
    assert.ok(down.source.endsWith('/database'))
  },
)

test('the price watch throws, the search index never ends: both heal inside the process', needs('linux'), async () => {
  const pid = await pidOf('app')
  await breakIt('poller')
  await breakIt('compute')
  await until('the price watch to be back', async () =>
    (await journal('supervisor.child_started')).some(
      ({ source, data }) => source.endsWith('/price-watch') && (data as { generation: number }).generation > 1,
    ),
  )
  await until('the compute to be ended', async () => (await journal('compute.timed_out')).length === 1)
  const { words } = (await (await fetch(`${origin}/api/suggestions?q=bi`)).json()) as { words: string[] }
  assert.ok(words.includes('bike'), 'the words of before serve on')
  assert.equal(await pidOf('app'), pid)
})

test(
  'the app crash-loops: the marketplace stays readable, writes are refused with a reason, and it comes back',
  needs('linux'),
  async t => {
    const look = async (path: string) => {
      const answer = await fetch(origin + path, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) }).catch(
        () => undefined,
      )
      return { status: answer?.status, stale: answer?.headers.get('selfheal-stale') ?? null, text: (await answer?.text()) ?? '' }
    }
    const paths = [
      '/',
      '/listing/3',
      '/api/listings',
      '/api/listings/3',
      '/api/choices',
      '/page/app.js',
      '/page/style.css',
      '/selfheal/browser/index.js',
    ]
    const kept = () => Promise.all(paths.map(look))
    // A copy is written after its answer, and again at the earliest after five seconds: those of a life that is killed too soon are lost.
    const onDisk = () => readdirSync(join(state, 'stale/app')).filter(name => !name.includes('.')).length
    for (const { status } of await kept()) assert.equal(status, 200)
    const browser = chromium.skip === undefined ? await launchChromium() : undefined
    t.after(() => browser?.close())
    // And one who came before, and loads nothing anew.
    const before = await browser?.newPage()
    await before?.goto(`${origin}/listing/10`)
    await before?.getByRole('button', { name: /^Buy for/ }).waitFor()
    const asked = new Set([...paths, ...(browser === undefined ? [] : await visit(browser))])
    await until('the copies to be kept', async () => onDisk() >= asked.size)
    const killed = new Set<number>()
    const looping = async () => {
      const { parts } = await client.parts()
      const { pid, state } = parts.find(one => one.path === 'selfheal/app')!.snapshot as { pid: number | null; state: string }
      if (pid !== null && pid > 0 && !killed.has(pid)) {
        process.kill(pid, 'SIGKILL')
        killed.add(pid)
      }
      return state === 'crash-looping'
    }
    // Each life takes its time to be there, on a busy machine some seconds.
    await patiently('a crash loop', looping, 60_000)
    await until('the standby to answer for it', async () => (await kept()).every(one => one.stale !== null))
    if (browser !== undefined)
      await visit(browser, async (page, path) => {
        await page.getByText(/This page is as it was .* ago/).waitFor()
        await paused(page)
        await picture(page, path === '/' ? '7-app-down' : '8-app-down-listing')
        assert.deepEqual(await faults(page), [])
      })
    if (before !== undefined) await paused(before)
    const [home, , list, one] = await kept()
    assert.match(home!.text, /This page is as it was/)
    assert.ok((JSON.parse(list!.text) as { total: number }).total > 40)
    assert.equal((JSON.parse(one!.text) as { id: number; yours: boolean }).yours, false, 'as a stranger saw it')
    const refused = await fetch(`${origin}/api/listings/3/buy`, { method: 'POST' })
    assert.equal(refused.status, 503)
    assert.match(refused.headers.get('content-type')!, /problem\+json/)
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    await client.act('selfheal/app', 'restart', null, WHO)
    await until('the app itself to answer', async () => (await look('/health')).status === 200)
    assert.equal((await look('/api/listings')).stale, null)
    // It would look by itself, within a minute.
    await before?.evaluate('dispatchEvent(new Event("online"))')
    await before?.getByRole('button', { name: /^Buy for/ }).waitFor()
  },
)
