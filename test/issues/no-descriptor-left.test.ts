// A program that had no descriptor left was taken for stopped, and replaced: its watchdog could not read its own memory, and beat no more.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { exhaustDescriptors } from '../../src/drill/index.ts'
import { node } from '../node.ts'

const linux = { skip: process.platform !== 'linux' && 'limits of another process are a part of Linux' }

test('a program with no descriptor left goes on serving those who are connected', linux, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-descriptors-'))
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "type": "module" }')
  writeFileSync(join(folder, 'lives'), '')
  writeFileSync(
    join(folder, 'app.js'),
    `import { createServer } from 'node:http'
     import { appendFileSync } from 'node:fs'
     createServer((q, r) => r.end('here')).listen(0, () => appendFileSync('lives', process.pid + '\\n'))`,
  )
  const { NODE_OPTIONS: _, NODE_ENV: __, ...env } = process.env
  const bin = join(import.meta.dirname, '..', '..', 'bin', 'selfheal.js')
  const run = spawn(node, [bin, 'run', '--hang', '1s', node, 'app.js'], { cwd: folder, env, stdio: 'ignore' })
  t.after(async () => {
    run.kill('SIGTERM')
    if (run.exitCode === null) await once(run, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })
  const lives = () => readFileSync(join(folder, 'lives'), 'utf8').split('\n').filter(Boolean).map(Number)
  while (lives().length === 0) await wait(50)
  await wait(1_000)
  const heal = await exhaustDescriptors(lives()[0]!, 30_000)
  await wait(4_000)
  await heal()
  await wait(500)
  assert.equal(lives().length, 1)
})
