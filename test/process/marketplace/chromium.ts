// A real Chromium, the machine's own, what axe finds in it, and pictures of what it shows, kept in .data/pictures (git ignores it; CI keeps
// them with the run).
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const pictures = join(import.meta.dirname, '..', '..', '..', '.data', 'pictures')

export async function launchChromium(): Promise<Browser> {
  const executablePath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap(folder => ['chromium', 'chromium-browser', 'google-chrome'].map(name => join(folder, name)))
    .find(existsSync)!
  // As root, as in a container, Chromium's own sandbox can't be had; /dev/shm may be small there.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

/** Faults that axe finds: none may be there in any state. */
export async function faults(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe })
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run(),
  )
  return violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`)
}
