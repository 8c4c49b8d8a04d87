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
/** Drawn, or drawn anew, in one task. */
const MOST_ROWS = 60
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
  '1,000 parts come, change and come back in slices of a few rows, all of them; a change of one draws that one alone',
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
    // How many rows came, or were written anew, in each task that touched any.
    await page.addInitScript(() => {
      const slices: number[] = []
      Object.assign(globalThis, { slices })
      new MutationObserver(changes => {
        const rows = new Set<Element>()
        for (const { target, addedNodes } of changes) {
          const element = target instanceof Element ? target : target.parentElement
          // What counts up by itself is no drawing.
          if (element !== null && element.tagName !== 'TIME' && element.closest('.part')) rows.add(element.closest('.part')!)
          for (const node of addedNodes)
            if (node instanceof Element)
              for (const row of [...(node.matches('.part') ? [node] : []), ...node.querySelectorAll('.part')]) rows.add(row)
        }
        if (rows.size > 0) slices.push(rows.size)
      }).observe(document, { childList: true, subtree: true, characterData: true })
    })
    const slices = async () => (await page.evaluate('globalThis.slices.splice(0)')) as number[]
    const inState = (state: string, count: number) =>
      page
        .locator('[data-path*="/part-"] .state', { hasText: state })
        .nth(count - 1)
        .waitFor({ state: 'attached' })
    const total = (sizes: readonly number[]) => sizes.reduce((sum, n) => sum + n, 0)
    await page.goto(shown.url)
    await page.locator('[data-path="shop/web/part-999"]').waitFor({ state: 'attached' })
    await page.locator('.summary', { hasText: 'Not well: database, sell, buy' }).waitFor()
    const atFirst = await slices()
    assert.equal(await page.locator('[aria-labelledby="group-Components"] .part').count(), 1_000)
    assert.ok(Math.max(...atFirst) <= MOST_ROWS && total(atFirst) >= 1_000, `rows came as ${atFirst}`)

    // ── All at once are another: drawn in slices as well, none is left out
    for (let i = 0; i < 1_000; i++) many.set(i, 'waiting')
    many.change(999, 'waiting')
    await page.locator('[data-path="shop/web/part-999"]', { hasText: 'waiting' }).waitFor({ state: 'attached' })
    await inState('waiting', 1_000)
    const burst = await slices()
    assert.ok(Math.max(...burst) <= MOST_ROWS && total(burst) >= 1_000, `a burst was drawn as ${burst}`)
    for (let i = 0; i < 1_000; i++) many.set(i, 'running')
    many.change(999, 'running')
    await inState('running', 1_000)

    // ── A search that ends brings the rest back in slices
    await page.getByLabel('Find').fill('part-777')
    await page.locator('[data-path="shop/web/part-778"]').waitFor({ state: 'detached' })
    assert.equal(await page.locator('.part').count(), 1)
    await slices()
    await page.getByLabel('Find').fill('')
    await page.locator('[data-path="shop/web/part-999"]').waitFor({ state: 'attached' })
    assert.ok(Math.max(...(await slices())) <= MOST_ROWS)

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
