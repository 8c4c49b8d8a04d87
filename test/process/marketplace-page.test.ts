// The marketplace's page in a real Chromium while its real database goes and comes back: what can't be done is gone before anybody
// clicks, without a reload, and says why; what was typed is kept; all is back by itself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { needs } from '../part.ts'
import { faults, launchChromium, picture } from './marketplace/chromium.ts'
import { endAll, freePort, type Marketplace, marketplace, program, stop } from './marketplace/launch.ts'
import { shopperOf } from './marketplace/shopper.ts'

const part = needs('chromium')
let shop: Marketplace
let browser: Browser
before(async () => {
  if (part.skip !== undefined) return
  ;[shop, browser] = await Promise.all([marketplace(), launchChromium()])
})
after(async () => {
  if (part.skip !== undefined) return
  await browser.close()
  await endAll(shop.data)
})

async function open(path: string, origin = shop.origin): Promise<{ page: Page; errors: string[] }> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true })).newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  await page.goto(origin + path)
  await page.waitForSelector('main:not([aria-busy])')
  return { page, errors }
}

test(
  'database gone: selling turns read-only and buying goes before the click, looking goes on, a draft is kept; database back: all returns',
  part,
  async () => {
    const buying = await open('/listing/3')
    const selling = await open('/sell')
    const looking = await open('/')
    const buy = buying.page.getByRole('button', { name: /^Buy for/ })
    const title = selling.page.getByLabel('What is it?')
    const offer = selling.page.getByRole('button', { name: 'Put it up for sale' })
    const banner = (page: Page) => page.locator('#banner p')
    let loads = 0
    for (const { page } of [buying, selling, looking]) page.on('load', () => loads++)

    await buy.waitFor()
    assert.equal(await title.isEditable(), true)
    await title.fill('A kite, nearly new')
    await selling.page.getByLabel('Price in euros').fill('12,50')
    for (const { page } of [buying, selling]) assert.deepEqual(await faults(page), [])
    await picture(buying.page, '1-all-on')

    // ── The database goes
    await stop(shop.database)
    const goneAt = performance.now()
    await buy.waitFor({ state: 'hidden' })
    await offer.and(selling.page.locator(':disabled')).waitFor()
    console.log(`told ${Math.round(performance.now() - goneAt)} ms after the database was gone`)
    assert.equal(await title.isEditable(), false)
    assert.equal(await title.inputValue(), 'A kite, nearly new')
    for (const { page } of [buying, selling, looking]) {
      await banner(page)
        .getByText(/Buying and selling are paused since \d\d:\d\d: the database can’t be/)
        .waitFor()
      assert.deepEqual(await faults(page), [])
    }
    await buying.page.getByText(/Buying is paused: the database can’t be reached just now/).waitFor()
    await picture(buying.page, '2-buying-paused')
    await picture(selling.page, '3-selling-read-only')
    // Browsing and searching go on, from what was last known, which says how old it is.
    await looking.page.getByLabel('Search').fill('bike three')
    await looking.page.getByText(/As it was \d+ seconds? ago/).waitFor()
    await looking.page.getByText('Dutch city bike, three gears').waitFor()
    assert.equal(await looking.page.locator('.card').count(), 1)
    await picture(looking.page, '4-looking-on')
    assert.deepEqual(await faults(looking.page), [])
    // A program that writes all the same is refused before its handler.
    const refused = await fetch(`${shop.origin}/api/listings/3/buy`, { method: 'POST' })
    assert.equal(refused.status, 503)
    assert.equal(((await refused.json()) as { code: string }).code, 'SELFHEAL_FEATURE_OFF')
    // Whoever comes now sees it at once: nothing flickers, for the state is in the page.
    const late = await (await fetch(shop.origin)).text()
    assert.match(late, /<script type="application\/json" id="selfheal-modes">[^<]*"mode":"readonly"/)

    // ── Sent all the same, as by a click in the last moment: refused with why, and nothing is lost
    await selling.page.evaluate(() => document.forms[0]!.requestSubmit())
    await selling.page.getByText(/Nothing was done; please try again in a moment/).waitFor()
    await offer.and(selling.page.locator(':disabled')).waitFor()
    assert.equal(await title.inputValue(), 'A kite, nearly new')

    // ── The page is loaded anew meanwhile: the draft is there
    await selling.page.reload()
    await selling.page.getByText(/We kept what you typed/).waitFor()
    assert.equal(await title.inputValue(), 'A kite, nearly new')
    assert.equal(loads, 1, 'no page was loaded but that one')

    // ── The database is back
    // It is said for some seconds only.
    const told = banner(looking.page).getByText('Buying and selling are back.').waitFor()
    told.catch(() => {})
    await program('database.ts', shop.databaseEnv, /accepts connections/)
    const backAt = performance.now()
    await buy.waitFor()
    await offer.and(selling.page.locator(':enabled')).waitFor()
    console.log(`all back ${Math.round(performance.now() - backAt)} ms after the database was`)
    await told
    await picture(looking.page, '5-back')
    // What was shown from memory is asked anew by itself.
    await looking.page.getByText(/As it was/).waitFor({ state: 'hidden' })
    assert.equal(await selling.page.getByLabel('Price in euros').inputValue(), '12,50')
    await selling.page.getByLabel('Pick up in').fill('Ennis')
    await selling.page.getByLabel('Your first name').fill('Ada')
    await offer.click()
    await selling.page.getByRole('heading', { name: 'A kite, nearly new' }).waitFor()
    await selling.page.goto(`${shop.origin}/sell`)
    await title.waitFor()
    assert.equal(await title.inputValue(), '', 'what was taken is no draft any more')
    assert.deepEqual([...buying.errors, ...selling.errors, ...looking.errors], [])
  },
)

test('payments gone: only buying goes, with its own reason; selling and looking are as before', part, async () => {
  const [stripe, braintree] = [await freePort(), await freePort()]
  const simulator = (kind: string, port: number) =>
    program('payments/simulator.ts', { PORT: String(port), ADMIN_PORT: '0' }, /admin/, kind)
  const providers = [await simulator('stripe', stripe), await simulator('braintree', braintree)]
  const port = await freePort()
  const env = {
    ...shop.appEnv,
    PORT: String(port),
    STRIPE_KEY: 'sk_test_simulator',
    STRIPE_PORT: String(stripe),
    BRAINTREE_MERCHANT: 'shop',
    BRAINTREE_PUBLIC: 'public',
    BRAINTREE_PRIVATE: 'private',
    BRAINTREE_PORT: String(braintree),
  }
  const app = await program('app.ts', env, /^Marketplace on/)
  const origin = `http://localhost:${port}`
  const visitor = shopperOf(origin)
  const { listings } = await visitor.get('/api/listings')
  const { page, errors } = await open('/listing/3', origin)
  const selling = await open('/sell', origin)
  const buy = page.getByRole('button', { name: /^Buy for/ })
  await buy.waitFor()

  for (const one of providers) await stop(one)
  // Nobody asks a provider how it is: that they are gone is seen by those who pay.
  const left = listings.map(one => one.id).filter(id => id !== 3)
  while (await buy.isVisible()) {
    const id = left.pop()
    assert.ok(id !== undefined, 'so many could not pay, and the button is still there')
    assert.notEqual((await visitor.post(`/api/listings/${id}/buy`)).status, 201)
  }
  await page
    .locator('#banner p')
    .getByText(/Buying is paused since \d\d:\d\d: the payments can’t be reached just now/)
    .waitFor()
  assert.equal(await selling.page.getByLabel('What is it?').isEditable(), true)
  assert.equal(await selling.page.getByRole('button', { name: 'Put it up for sale' }).isEnabled(), true)
  await picture(page, '6-payments-gone')
  for (const one of [page, selling.page]) assert.deepEqual(await faults(one), [])

  assert.deepEqual(errors, [])
  await stop(app)
})
