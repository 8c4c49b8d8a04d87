// The page that is committed is the one its sources make: built anew, it is the same to the byte.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { build } from 'vite'

const root = dirname(dirname(import.meta.dirname))

test('src/dashboard/page is what src/dashboard/web makes; mend: npm run build:page', async t => {
  const outDir = mkdtempSync(join(tmpdir(), 'selfheal-page-'))
  t.after(() => rmSync(outDir, { recursive: true, force: true }))
  const configFile = join(root, 'vite.config.mts')
  await build({ configFile, root: join(root, 'src/dashboard/web'), logLevel: 'warn', build: { outDir } })
  const kept = join(root, 'src/dashboard/page')
  const read = (folder: string) =>
    Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]))
  const [made, committed] = [read(outDir), read(kept)]
  assert.deepEqual(Object.keys(made).sort(), Object.keys(committed).sort())
  for (const [name, text] of Object.entries(made)) assert.ok(committed[name] === text, `${name} is another`)
})
