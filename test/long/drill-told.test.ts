// A crash drill that holds, then no longer does, as a founder meets it: live on the dashboard, in the journal, and one message.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { launchChromium } from '../process/marketplace/chromium.ts'
import { freePort, until } from '../process/program/kit.ts'
import { place } from '../process/run/place.ts'

const PATIENCE_MS = 60_000
// As it was when this life began: a drill's kill is what brings the worse one.
const APP = `import { existsSync } from 'node:fs'
import http from 'node:http'
const worse = existsSync('worse')
http.createServer((_, response) => response.writeHead(worse ? 500 : 200).end('here')).listen(0)
`
const DRILL = ['drill', 'crash', '--program', 'web', '--rate', '20', '--duration', '1s']

test('a drill that held and no longer does is told once, and seen live', needs('chromium', 'linux'), async t => {
  const config = `export default { programs: { web: { run: 'node app.mjs' } }, notify: { command: 'cat >> told.txt', digest: false } }`
  const p = place(t, { 'app.mjs': APP, 'selfheal.config.mjs': config })
  const at = await freePort()
  const [run, browser] = [p.run('--dashboard', `127.0.0.1:${at}`), await launchChromium()]
  t.after(() => browser.close())
  await run.says(/Dashboard: http/)
  await p.ready(1, 'web')
  const page = await browser.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await page.goto(`http://127.0.0.1:${at}/#drills`)
  const seen = (says: RegExp) => page.locator('[aria-labelledby="drills-now"] .part').filter({ hasText: says }).first().waitFor()
  const told = () => {
    try {
      return readFileSync(join(p.folder, 'told.txt'), 'utf8')
    } catch {
      return ''
    }
  }

  // ── It holds
  const first = p.cli(DRILL)
  await seen(/crash runs.*on shop\/web/)
  assert.equal((await first).status, 0, (await first).err)
  await seen(/crash yes/)
  await page.locator('[aria-labelledby="report-crash"]', { hasText: 'kept: none was refused' }).waitFor()

  // ── It no longer does
  p.write('worse', '')
  const second = await p.cli(DRILL)
  assert.equal(second.status, 1, second.err)
  assert.match(second.out, /Worse than before:\n {2}crash: the verdict was yes the last time/)
  await seen(/crash no.*It held the last time/)
  await until('it to be told', () => told().includes('a drill that held before no longer does'))
  assert.match(
    told(),
    /The drill crash, on shop\/web, held before, and no longer does: .*Then drill again: npx selfheal drill crash/s,
  )

  // ── Once: a message that must come after it has come
  const ended = (await p.journal()).filter(one => one.name === 'drill.ended')
  assert.deepEqual(
    ended.map(one => {
      const { verdict, regressed } = one.data as { verdict: string; regressed: boolean }
      return [verdict, regressed, one.level]
    }),
    [
      ['yes', false, 'info'],
      ['no', true, 'warn'],
    ],
  )
  p.write('app.mjs', 'throw new Error("broken build")\n')
  await assert.rejects(p.whole('reload', 'web'))
  await until('the next to be told', () => told().includes('a bad build was blocked'))
  assert.equal(told().split('no longer does\n').length, 2, told())
})
