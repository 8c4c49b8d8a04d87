// A real holder of the state folder, and kill -9: the kernel frees the lock, and what is stale does not hinder the next.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { controlClient, controlServer, lockState } from '../../src/control/index.ts'
import type { SelfhealError } from '../../src/core/index.ts'
import { createEvents } from '../../src/core/index.ts'
import { node } from '../node.ts'

const index = new URL('../../src/control/index.ts', import.meta.url).href
const core = new URL('../../src/core/index.ts', import.meta.url).href
const HOLDER = `
import { controlServer, lockState } from '${index}'
import { createEvents } from '${core}'
const folder = process.argv[1]
lockState(folder)
const server = await controlServer({ folder, parts: () => [], events: createEvents(), version: '1' })
process.stdout.write('holds')
`

async function holder(t: TestContext, folder: string): Promise<ChildProcess> {
  const child = spawn(node, ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', HOLDER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const first = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])
  assert.equal(String(first[0]), 'holds')
  return child
}

function place(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'selfheal-kill-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('while another process holds the state folder, a second is refused with its pid', async t => {
  const folder = place(t)
  const child = await holder(t, folder)
  assert.throws(
    () => lockState(folder),
    (error: SelfhealError) => error.code === 'SELFHEAL_RUNS_ALREADY' && error.message.includes(`pid ${child.pid}`),
  )
  assert.equal((await controlClient(folder).parts()).pid, child.pid)
})

test('after kill -9 of the holder the folder is free, and the next one is reached where the dead one was', async t => {
  const folder = place(t)
  const child = await holder(t, folder)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok(existsSync(join(folder, 'control.sock')), 'the dead one leaves its socket behind')
  const error = await controlClient(folder)
    .parts()
    .then(
      () => undefined,
      (e: SelfhealError) => e,
    )
  assert.equal(error?.code, 'SELFHEAL_NOTHING_RUNS')
  const lock = lockState(folder)
  const server = await controlServer({ folder, parts: () => [], events: createEvents(), version: '1' })
  t.after(async () => {
    await server.close()
    lock.release()
  })
  assert.equal((await controlClient(folder).parts()).pid, process.pid)
})

test('a stopped holder is said not to answer', async t => {
  const folder = place(t)
  const child = await holder(t, folder)
  child.kill('SIGSTOP')
  const error = await controlClient(folder, { within: '300ms' })
    .parts()
    .then(
      () => undefined,
      (e: SelfhealError) => e,
    )
  assert.equal(error?.code, 'SELFHEAL_NO_ANSWER')
  assert.match(error?.message ?? '', new RegExp(String(child.pid)))
})

test('of ten that start at the same moment one holds the folder', async t => {
  const folder = place(t)
  const code = `import { lockState } from '${index}'
    try { lockState(process.argv[1]); gc(); process.stdout.write('holds'); setInterval(() => {}, 1000) } catch (e) { process.stdout.write(e.code ?? String(e)) }`
  const said = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const child = spawn(
        node,
        ['--expose-gc', '--input-type=module', '--disable-warning=ExperimentalWarning', '-e', code, folder],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      t.after(() => child.kill('SIGKILL'))
      return String((await once(child.stdout!, 'data'))[0])
    }),
  )
  assert.deepEqual(said.toSorted(), [...Array(9).fill('SELFHEAL_RUNS_ALREADY'), 'holds'].toSorted())
})
