// `npm run bench:dashboard`: the page with 1,000 parts in a real Chromium: bytes sent, long tasks (over 50 ms) while it loads and while parts
// change, and from a kill -9 of a program under a real `selfheal run --dashboard` to the page that shows it. Its last line is the verdict.
// A task's own time is the processor's: on a machine that does other things as well the clock says more than the page did.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { manyParts } from '../test/process/dashboard/many.ts'
import { launchChromium } from '../test/process/marketplace/chromium.ts'

const PARTS = 1_000
const CHANGES = 50
const KILLS = 5
const root = join(import.meta.dirname, '..')
const browser = await launchChromium()

async function page(url: string, before: (opened: Page) => Promise<void> = async () => {}) {
  const opened = await browser.newPage()
  await opened.addInitScript(() => {
    const tasks: number[] = []
    Object.assign(globalThis, { tasks })
    new PerformanceObserver(list => tasks.push(...list.getEntries().map(entry => Math.round(entry.duration)))).observe({
      type: 'longtask',
      buffered: true,
    })
  })
  await before(opened)
  await opened.goto(url)
  return opened
}
const longTasks = async (opened: Page) => (await opened.evaluate('globalThis.tasks.splice(0)')) as number[]

interface Traced {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds: by the clock, and of the thread itself. */
  readonly dur?: number
  readonly tdur?: number
}
/** The longest task of the page's own thread, from now until the answer is called. */
async function traced(opened: Page): Promise<() => Promise<string>> {
  const session = await opened.context().newCDPSession(opened)
  const events: Traced[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as Traced[])))
  await session.send('Tracing.start', { categories: 'toplevel,devtools.timeline', transferMode: 'ReportEvents' } as never)
  return async () => {
    const over = new Promise(resolve => session.once('Tracing.tracingComplete', resolve))
    await session.send('Tracing.end')
    await over
    const frame = events.find(one => one.name === 'FireAnimationFrame')
    const tasks = events.filter(one => /RunTask$/.test(one.name) && one.pid === frame?.pid && one.tid === frame.tid)
    const most = (key: 'dur' | 'tdur') => (Math.max(0, ...tasks.map(one => one[key] ?? 0)) / 1_000).toFixed(1)
    return `of ${tasks.length} tasks the longest is ${most('tdur')} ms of its own, ${most('dur')} ms by the clock`
  }
}

// ── 1,000 parts
const many = await manyParts(PARTS)
const shown = await many.show(0)
let told = async () => ''
const opened = await page(shown.url, async opened => void (told = await traced(opened)))
await opened.locator(`[data-path="shop/web/part-${PARTS - 1}"]`).waitFor({ state: 'attached' })
await opened.waitForTimeout(1_000)
const bytes = (await opened.evaluate(
  "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)",
)) as number
console.log(`${PARTS} parts: page, script and sheet ${Math.round(bytes / 1_024)} KB as sent`)
const loading = await longTasks(opened)
console.log(`long tasks while loading: ${JSON.stringify(loading)} ms`)
for (let i = 0; i < CHANGES; i++) {
  many.change(i * 7, i % 2 === 0 ? 'waiting' : 'restarting')
  await opened.waitForTimeout(50)
}
await opened.locator(`[data-path="shop/web/part-${(CHANGES - 1) * 7}"]`, { hasText: 'restarting' }).waitFor({ state: 'attached' })
const changing = await longTasks(opened)
console.log(`long tasks over ${CHANGES} changes: ${JSON.stringify(changing)} ms`)
console.log(`while loading and changing, ${await told()}`)
await opened.close()
await shown.close()
await many.close()

// ── From a crash to the page
const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-'))
writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "type": "module" }')
writeFileSync(join(folder, 'app.mjs'), "import http from 'node:http'\nhttp.createServer((_, r) => r.end('ok')).listen(0)\n")
const words = [
  join(root, 'bin/selfheal.js'),
  'run',
  '--with-parent',
  '--dashboard',
  '127.0.0.1:0',
  '--intensity',
  '100',
  'node',
  'app.mjs',
]
const run = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
let said = ''
for (const stream of [run.stdout, run.stderr]) stream.on('data', chunk => (said += chunk))
while (!/Dashboard: (\S+)/.test(said)) await once(run.stdout, 'data')
const real = await page(/Dashboard: (\S+)/.exec(said)![1]!)
const row = real.locator('[data-path="shop/shop"]')
const took: number[] = []
for (let i = 1; i <= KILLS; i++) {
  await row.filter({ hasText: 'ready' }).waitFor()
  const pid = Number(/pid (\d+)/.exec((await row.textContent())!)![1])
  const from = performance.now()
  process.kill(pid, 'SIGKILL')
  await row.filter({ hasText: i === 1 ? 'restarted once' : `restarted ${i} times` }).waitFor()
  took.push(Math.round(performance.now() - from))
}
console.log(`from kill -9 to the page: ${took.join(', ')} ms`)
await browser.close()
run.kill('SIGTERM')
await once(run, 'exit')
rmSync(folder, { recursive: true, force: true })
const long = loading.length + changing.length
console.log(`${PARTS} parts without a task over 50 ms: ${long === 0 ? 'yes' : `no, ${long}`}`)
process.exitCode = long === 0 ? 0 : 1
