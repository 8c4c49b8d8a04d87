// The browser's client in a real Chromium, over a real stream: the element, drafts, React and Vue, a server that goes and comes back; and
// its size.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { build, stop as endBundler } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { useFeature } from 'selfheal/browser/react'
import { settableNeed } from 'selfheal/core'
import { type Modes, modes } from 'selfheal/feature'
import { needs } from '../part.ts'
import { launchChromium } from './marketplace/chromium.ts'

const part = needs('chromium')
const root = join(import.meta.dirname, '..', '..')
const FULL = { usable: 'full', state: 'up', causes: [], since: 0 } as const
const NONE = { usable: 'none', state: 'down', causes: [], since: 0 } as const

let browser: Browser
// Of a test that failed.
const left = new Set<() => Promise<void>>()
before(async () => {
  if (part.skip === undefined) browser = await launchChromium()
})
after(async () => {
  await endBundler()
  for (const stop of left) await stop()
  if (part.skip === undefined) await browser.close()
})

async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@selfheal/source'],
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
    write: false,
  })
  return outputFiles[0]!.text
}

test('all of the client, made small, is at most 3 kB', async () => {
  const bytes = gzipSync(await bundled("export * from 'selfheal/browser'"), { level: 9 }).length
  console.log(`the browser's client: ${bytes} bytes gzipped`)
  assert.ok(bytes <= 3_000, `${bytes} bytes`)
})

/** A site of one page, with one feature, `buy`. */
async function site(body: string, script = '') {
  const database = settableNeed('database', FULL)
  const make = () => {
    const all = modes()
    all.feature('buy', { needs: [database], back: { after: 1 } })
    return all
  }
  let all: Modes = make()
  let server: Server
  const listen = async (port: number) => {
    server = createServer((request, response) => {
      if (all.handler(request, response)) return
      const [type, text] =
        request.url === '/script.js'
          ? ['text/javascript', script]
          : ['text/html', `<!doctype html><html lang="en"><title>x</title>${all.script()}${body}`]
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(text)
    }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  const origin = `http://127.0.0.1:${port}`
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  const stop = async () => {
    left.delete(stop)
    all.close()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  left.add(stop)
  return {
    database,
    page,
    errors,
    open: () => page.goto(origin),
    stop,
    again: async () => {
      all = make()
      left.add(stop)
      await listen(port)
    },
    streams: () => all.streams(),
  }
}
const CLIENT = `<script type="module">
  import { defineFeatureElement, keepDraft, pageModes } from '/selfheal/browser/index.js'
  Object.assign(globalThis, { keepDraft, pageModes })
  defineFeatureElement()
</script>`

const shown = (page: Page, id: string) => page.locator(`#${id}`).isVisible()

test(
  'the element hides, swaps and turns off before the click, says why, keeps the focus, and touches nothing that is not its own',
  part,
  async () => {
    const { page, database, errors, open, stop } = await site(`${CLIENT}
    <selfheal-feature name="buy" id="hides"><button id="b">Buy</button><p when="off" id="why"><span data-why></span></p><p when="on readonly" id="both">x</p></selfheal-feature>
    <selfheal-feature name="buy" disable><form><input id="i" value="mine"><input id="ro" readonly><select id="s"><option>1</select><button id="d">Go</button><button id="never" disabled>No</button></form></selfheal-feature>
    <selfheal-feature name="never-told-of"><button id="other">Other</button></selfheal-feature>`)
    await open()
    await page.waitForSelector('#hides[mode=on]')
    assert.deepEqual([await shown(page, 'b'), await shown(page, 'why'), await shown(page, 'both')], [true, false, true])
    const heard = page.evaluate(
      () =>
        new Promise(resolve =>
          document.addEventListener('selfheal-mode', event => resolve((event as CustomEvent).detail.mode), { once: true }),
        ),
    )
    await page.locator('#b').focus()
    database.set(NONE)
    assert.equal(await heard, 'off')
    await page.waitForSelector('#hides[mode=off]')
    assert.deepEqual(
      [await shown(page, 'b'), await shown(page, 'why'), await shown(page, 'both'), await shown(page, 'other')],
      [false, true, false, true],
    )
    assert.equal(await page.locator('#why').textContent(), 'the database can’t be reached just now')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'hides', 'the focus stays where it was')
    assert.deepEqual(
      [await page.locator('#i').isEditable(), await page.locator('#s').isEnabled(), await page.locator('#d').isEnabled()],
      [false, false, false],
    )
    // The page's own code, at the end of a click from before.
    await page.evaluate(() => {
      for (const one of document.querySelectorAll<HTMLInputElement>('#d,#i')) one.disabled = one.readOnly = false
    })
    await page.waitForSelector('#d:disabled')
    assert.equal(await page.locator('#i').isEditable(), false)
    // What comes into the element later is shown or hidden too.
    await page.evaluate(() =>
      document.querySelector('#hides')!.insertAdjacentHTML('beforeend', '<button id="late">Late</button>'),
    )
    await page.waitForSelector('#late', { state: 'hidden' })
    database.set(FULL)
    await page.waitForSelector('#late', { state: 'visible' })
    assert.deepEqual([await page.locator('#i').isEditable(), await page.locator('#d').isEnabled()], [true, true])
    assert.deepEqual(
      [await page.locator('#ro').isEditable(), await page.locator('#never').isEnabled()],
      [false, false],
      'its author’s own',
    )
    assert.deepEqual(errors, [])
    await page.close()
    await stop()
  },
)

test('a draft is kept over a reload and offered again, but no password, card, file or private field', part, async () => {
  const { page, open, stop } = await site(`${CLIENT}<form id="f"><input name="title"><textarea name="text"></textarea>
    <input type="radio" name="kind" value="a" checked><input type="radio" name="kind" value="b"><input type="checkbox" name="gift"><select name="size"><option>S<option>M</select>
    <input type="password" name="secret"><input name="card" autocomplete="cc-number"><input name="code" autocomplete="one-time-code"><input name="iban" data-private></form>`)
  const start = () =>
    page.evaluate(
      () =>
        (globalThis as unknown as { keepDraft(form: unknown, name: string): { restored: number } }).keepDraft(
          document.forms[0],
          'f',
        ).restored,
    )
  await open()
  await page.waitForFunction('globalThis.keepDraft')
  assert.equal(await start(), undefined)
  await page.fill('[name=title]', 'Kite')
  await page.fill('[name=text]', 'two\nlines')
  await page.check('[value=b]')
  await page.check('[name=gift]')
  await page.selectOption('[name=size]', 'M')
  for (const name of ['secret', 'card', 'code', 'iban']) await page.fill(`[name=${name}]`, `my ${name}`)
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify({ ...localStorage })), /my (secret|card|code|iban)/)
  await page.reload()
  await page.waitForFunction('globalThis.keepDraft')
  assert.equal(typeof (await start()), 'number')
  const values = await page.evaluate(() => Object.fromEntries(new FormData(document.forms[0])))
  assert.deepEqual(values, {
    title: 'Kite',
    text: 'two\nlines',
    kind: 'b',
    gift: 'on',
    size: 'M',
    secret: '',
    card: '',
    code: '',
    iban: '',
  })
  await page.close()
  await stop()
})

test('a server that goes and comes back is found again without a reload, and what changed meanwhile is heard', part, async () => {
  const { page, database, open, stop, again, streams } = await site(
    `${CLIENT}<selfheal-feature name="buy" id="x"><button id="b">Buy</button></selfheal-feature>`,
  )
  await open()
  await page.waitForSelector('#x[mode=on]')
  while (streams() === 0) await new Promise(resolve => setTimeout(resolve, 10))
  await stop()
  database.set(NONE)
  await again()
  await page.waitForSelector('#x[mode=off]', { state: 'attached' })
  await page.close()
  await stop()
})

test(
  'React and Vue: the hook and the composable change what is shown, and open one stream; on a server React opens none',
  part,
  async () => {
    const script = await bundled(`
    import { createElement as h } from 'react'
    import { createRoot } from 'react-dom/client'
    import { createApp, h as v } from 'vue'
    import { useFeature } from 'selfheal/browser/react'
    import { useFeature as useVue } from 'selfheal/browser/vue'
    const R = () => { const { mode, causes } = useFeature('buy'); globalThis.renders = (globalThis.renders ?? 0) + 1; return h('p', { id: 'r' }, mode + causes.map(c => c.says).join()) }
    const root = createRoot(document.getElementById('react')); root.render(h(R))
    const app = createApp({ setup: () => { const buy = useVue('buy'); return () => v('p', { id: 'v' }, buy.value.mode) } })
    app.mount('#vue')
    globalThis.end = () => { root.unmount(); app.unmount() }`)
    const { page, database, errors, open, stop, streams } = await site(
      '<div id="react"></div><div id="vue"></div><script type="module" src="/script.js"></script>',
      script,
    )
    await open()
    await page.waitForSelector('#v')
    assert.deepEqual([await page.textContent('#r'), await page.textContent('#v')], ['on', 'on'])
    while (streams() === 0) await new Promise(resolve => setTimeout(resolve, 10))
    assert.equal(streams(), 1)
    const renders = await page.evaluate('globalThis.renders')
    database.set(NONE)
    await page.getByText('offthe database can’t be reached just now').waitFor()
    await page.locator('#v').getByText('off').waitFor()
    assert.equal(await page.evaluate('globalThis.renders'), Number(renders) + 1)
    await page.evaluate('globalThis.end()')
    while (streams() > 0) await new Promise(resolve => setTimeout(resolve, 10))
    assert.deepEqual(errors, [])
    await page.close()
    await stop()
    const Told = () => createElement('b', null, useFeature('buy').mode)
    assert.equal(renderToString(createElement(Told)), '<b>on</b>')
  },
)

test('OpenFeature’s web SDK in a page: its flag follows the stream, with reason DEGRADED and the cause', part, async () => {
  const script = await bundled(`
    import { OpenFeature } from '@openfeature/web-sdk'
    import { pageModes } from 'selfheal/browser'
    import { selfhealProvider } from 'selfheal/openfeature/web'
    await OpenFeature.setProviderAndWait(selfhealProvider(pageModes()))
    const client = OpenFeature.getClient()
    const show = () => {
      const { value, reason, flagMetadata } = client.getBooleanDetails('buy', false)
      document.querySelector('#flag').textContent = [value, reason, flagMetadata.cause ?? ''].join(' ').trim()
    }
    client.addHandler('PROVIDER_CONFIGURATION_CHANGED', show)
    show()`)
  const { page, database, errors, open, stop } = await site(
    '<p id="flag"></p><script type="module" src="/script.js"></script>',
    script,
  )
  await open()
  await page.getByText('true STATIC', { exact: true }).waitFor()
  database.set(NONE)
  await page.getByText('false DEGRADED the database can’t be reached just now').waitFor()
  database.set(FULL)
  await page.getByText('true STATIC', { exact: true }).waitFor()
  assert.deepEqual(errors, [])
  await page.close()
  await stop()
})
