// The dashboard in a real Chromium over a real `selfheal run --dashboard`: a crash, an outage and its healing appear without a reload,
// verbs are used with a reason, and hostile text stays text. Faults by axe, phones and 1,000 parts: test/long.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { launchChromium, picture } from './marketplace/chromium.ts'
import { freePort } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))
const HOSTILE = '<img src=x onerror="hacked=1">'
const PATIENCE_MS = 40_000

// The app asks its warehouse ten times a second: an outage is seen at once.
const app = (port: number, warehouse: number) => `import http from 'node:http'
import { selfheal } from 'selfheal'
import { http as overHttp } from 'selfheal/dependency'
const heal = selfheal()
const warehouse = heal.dependency(overHttp('http://127.0.0.1:${warehouse}', { probe: '/' }), { name: 'warehouse' })
heal.feature('sell', { needs: [warehouse], otherwise: 'off' })
setInterval(() => warehouse.fetch('/').then(answer => answer.text(), () => {}), 100)
let starts = 0
await heal.supervise('fragile', async life => {
  if (++starts === 1) throw new Error(${JSON.stringify(HOSTILE)})
  await new Promise(resolve => life.signal.addEventListener('abort', resolve, { once: true }))
})
http.createServer((_, response) => response.end('ok')).listen(${port})
`
const config = (port: number, warehouse: number) => `export default {
  programs: {
    stock: { run: 'node stock.mjs', ports: [], env: { STOCK: '${warehouse}' } },
    web: { run: 'node app.mjs', ports: ['${port}'], needs: ['stock'] },
  },
}
`
const STOCK = `import http from 'node:http'
http.createServer((_, response) => response.end('3 left')).listen(Number(process.env.STOCK), '127.0.0.1')
`

test(
  'a crash, an outage and its healing appear; verbs with a reason; hostile text is text',
  needs('chromium', 'linux'),
  async t => {
    const [port, warehouse, at] = [await freePort(), await freePort(), await freePort()]
    const p = place(t, { 'app.mjs': app(port, warehouse), 'stock.mjs': STOCK, 'selfheal.config.mjs': config(port, warehouse) })
    mkdirSync(join(p.folder, 'node_modules'))
    symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
    const [run, browser] = [p.run('--dashboard', `127.0.0.1:${at}`), await launchChromium()]
    t.after(() => browser.close())
    await run.says(/Dashboard: http:\/\/127\.0\.0\.1:\d+/)

    const open = async (options: object = {}) => {
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })).newPage()
      page.setDefaultTimeout(PATIENCE_MS)
      return page
    }
    const page = await open()
    const errors: string[] = []
    let loads = 0
    page.on('pageerror', error => errors.push(error.message))
    page.on('load', () => loads++)
    const row = (path: string, says: string | RegExp) =>
      page.locator(`.part[data-path="shop/${path}"]`).filter({ hasText: says }).waitFor()
    const link = (says: string) => page.locator('.link', { hasText: says }).waitFor()
    const act = async (path: string, verb: string, why: string) => {
      await page.locator(`.part[data-path="shop/${path}"] .act`).click()
      await page.getByLabel('What').selectOption(verb)
      await page.getByLabel('Why').fill(why)
      await page.getByRole('button', { name: new RegExp(`^${verb} `) }).click()
      await page.locator('.said').waitFor()
      assert.match((await page.locator('.said').textContent())!, /^Done/)
      await page.getByRole('button', { name: 'Close' }).click()
    }

    await page.goto(`http://127.0.0.1:${at}/`)
    await link('Live')
    await row('web/warehouse', 'up')
    await row('web/features/sell', 'on')
    await row('web', 'ready')

    // ── What is in the data is text
    await row('web/fragile', HOSTILE)
    assert.equal(await page.evaluate('globalThis.hacked'), undefined)
    assert.equal(await page.locator('img').count(), 0)

    // ── A crash
    await p.kill('web')
    await row('web', /restarted once.*killed by SIGKILL/)
    await page
      .locator('.told li', { hasText: /web\.1 was killed by SIGKILL/ })
      .first()
      .waitFor()
    await row('web/features/sell', 'on')

    // ── An outage, made by hand, with a reason
    await page.locator('.part[data-path="shop/stock"] .act').click()
    await page.getByLabel('What').selectOption('stop')
    await page.getByRole('button', { name: 'stop stock' }).click()
    assert.equal(await page.locator('.said').count(), 0, 'nothing is done without a reason')
    await page.keyboard.press('Escape')
    await act('stock', 'stop', 'to see what sells on')
    await row('web/warehouse', 'down')
    await row('web/features/sell', 'off')
    await page.locator('.summary', { hasText: /Not well: .*(?:warehouse|sell)/ }).waitFor()
    // The picture of who needs whom, and the same in words.
    await page.locator('.picture path.bad').first().waitFor({ state: 'attached' })
    await page.locator('.picture summary').click()
    await page.locator('.picture li', { hasText: /^sell \(off\) needs warehouse \(down\)$/ }).waitFor()
    await page.locator('.picture li', { hasText: /^web \(ready\) needs warehouse \(down\), stock/ }).waitFor()
    await picture(page, 'dashboard-outage')
    const acted = (await p.journal({ name: 'control.acted' })).map(entry => entry.data as Record<string, unknown>)
    assert.ok(acted.some(one => one['verb'] === 'stop' && one['why'] === 'to see what sells on' && one['by'] === 'dashboard'))

    // ── It heals
    await act('stock', 'start', 'seen')
    await row('web/warehouse', 'up')
    await row('web/features/sell', 'on')
    await page.locator('.summary', { hasText: 'All well' }).waitFor()
    await page.getByRole('link', { name: 'Incidents' }).click()
    await page.locator('.story', { hasText: 'healed' }).first().waitFor()
    assert.equal(await page.evaluate('globalThis.hacked'), undefined)
    assert.equal(loads, 1, 'all of it without a reload')
    assert.deepEqual(errors, [])
  },
)
