// The dashboard's views, one after the other, under axe: no fault may be there in any.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** By view, what is there when it has drawn itself. */
const VIEWS = {
  map: '.part',
  incidents: '.story, main > p:not(.quiet)',
  breakers: '.chart canvas',
  deadlines: '.ladder',
  tree: '.tree li',
  drills: '#to-begin',
}

/** The page is open, in a context that lets axe in (bypassCSP). */
export async function noFaults(page: Page): Promise<void> {
  await page.addScriptTag({ path: axe })
  for (const [view, has] of Object.entries(VIEWS)) {
    await page.evaluate(`location.hash = '${view}'`)
    await page.locator(`nav a[href="#${view}"][aria-current]`).waitFor()
    await page.locator(has).first().waitFor()
    assert.deepEqual(await faults(page), [], view)
  }
}

async function faults(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run(),
  )
  return violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`)
}
