// The dashboard's page with 1,000 parts, on a phone and in the dark, without its stream and without its server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { needs } from '../part.ts'
import { manyParts } from '../process/dashboard/many.ts'
import { noFaults } from '../process/dashboard/views.ts'
import { launchChromium } from '../process/marketplace/chromium.ts'

const part = needs('chromium')
const PHONE = { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true }
const PATIENCE_MS = 60_000
let browser: Browser
before(async () => {
  if (part.skip === undefined) browser = await launchChromium()
})
after(async () => {
  if (part.skip === undefined) await browser.close()
})
const open = async (url: string, options: object = {}) => {
  const page = await (await browser.newContext(options)).newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await page.goto(url)
  return page
}

test(
  '1,000 parts come piece by piece, all of them; a change of one draws that one alone; one is found by its name',
  part,
  async t => {
    const many = await manyParts(1_000)
    const shown = await many.show(0)
    t.after(async () => {
      await shown.close()
      await many.close()
    })
    const context = await browser.newContext()
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    // How many rows were there each time any came.
    await page.addInitScript(() => {
      const sizes: number[] = []
      Object.assign(globalThis, { sizes })
      new MutationObserver(() => {
        const n = document.querySelectorAll('[aria-labelledby="group-Components"] .part').length
        if (n !== sizes.at(-1)) sizes.push(n)
      }).observe(document, { childList: true, subtree: true })
    })
    await page.goto(shown.url)
    await page.locator('[data-path="shop/web/part-999"]').waitFor({ state: 'attached' })
    const sizes = ((await page.evaluate('globalThis.sizes')) as number[]).filter(n => n > 0)
    assert.equal(sizes.at(-1), 1_000)
    assert.ok(sizes[0]! < 100 && sizes.length > 10, `rows came as ${sizes.slice(0, 5)} … in ${sizes.length} steps`)

    await page.evaluate(() => {
      const drawn = new Set<string>()
      Object.assign(globalThis, { drawn })
      new MutationObserver(changes => {
        for (const { target } of changes) {
          const element = target instanceof Element ? target : target.parentElement
          // What counts up by itself is no drawing.
          const row = element?.tagName === 'TIME' ? null : element?.closest('.part')
          if (row) drawn.add(row.getAttribute('data-path')!)
        }
      }).observe(document.querySelector('main')!, { childList: true, subtree: true, characterData: true, attributes: true })
    })
    many.change(500, 'waiting')
    await page.locator('[data-path="shop/web/part-500"]', { hasText: 'waiting' }).waitFor({ state: 'attached' })
    await page.locator('.summary', { hasText: 'Not well: database, sell, buy and 1 more' }).waitFor()
    const drawn = [...((await page.evaluate('[...globalThis.drawn]')) as string[])].filter(path => path.includes('/part-'))
    assert.deepEqual(drawn, ['shop/web/part-500'])

    await page.getByLabel('Find').fill('part-777')
    await page.locator('[data-path="shop/web/part-778"]').waitFor({ state: 'detached' })
    assert.equal(await page.locator('.part').count(), 1)
    await context.close()
  },
)

test(
  'on a phone in the dark and on a desk in the light no view has a fault by axe, none is wider than its screen; all by keyboard',
  part,
  async t => {
    const many = await manyParts(5)
    const shown = await many.show(0)
    t.after(async () => {
      await shown.close()
      await many.close()
    })
    for (const options of [{ ...PHONE, colorScheme: 'dark' }, { colorScheme: 'light' }]) {
      const page = await open(shown.url, { ...options, bypassCSP: true })
      await page.locator('.part').first().waitFor()
      await noFaults(page)
      for (const view of ['map', 'breakers', 'deadlines', 'tree', 'drills']) {
        await page.evaluate(`location.hash = '${view}'`)
        await page.locator(`nav a[href="#${view}"][aria-current]`).waitFor()
        const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
        assert.ok((wider as number) <= 0, `${view} is ${wider} px too wide`)
      }
      await page.context().close()
    }
    const page = await open(shown.url)
    const button = page.locator('[data-path="shop/web/part-3"] .act')
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Act on part-3' }).waitFor()
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'SELECT')
    await page.keyboard.press('Tab')
    await page.keyboard.type('by keyboard')
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'Done: restart part-3' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    assert.equal(await button.evaluate(element => element === document.activeElement), true, 'the focus is back where it was')
    await page.context().close()
  },
)

test('without the stream the page asks; without its server it says so, and finds the next one by itself', part, async t => {
  const many = await manyParts(5)
  let shown = await many.show(0)
  t.after(async () => {
    await shown.close()
    await many.close()
  })
  const asking = await (await browser.newContext()).newPage()
  asking.setDefaultTimeout(PATIENCE_MS)
  await asking.route('**/api/stream', route => route.abort())
  await asking.goto(shown.url)
  await asking.locator('.link', { hasText: 'Asking every 2 s' }).waitFor()
  await asking.locator('[data-path="shop/web/part-4"]').waitFor()
  await asking.context().close()

  const page = await open(shown.url)
  let loads = 0
  page.on('load', () => loads++)
  await page.locator('.link', { hasText: 'Live' }).waitFor()
  const { port } = shown
  await shown.close()
  await page.locator('.link', { hasText: 'No connection' }).waitFor()
  shown = await many.show(port)
  await page.locator('.link', { hasText: 'Live' }).waitFor()
  many.change(2, 'waiting')
  await page.locator('[data-path="shop/web/part-2"]', { hasText: 'waiting' }).waitFor()
  assert.equal(loads, 0)
})
