import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ControlClient, ShownPart } from '../../control/index.ts'
import { chooseProgram, supervised } from './supervised.ts'

const program = (id: string, ...urls: readonly string[]): ShownPart => ({
  path: `shop/${id}`,
  kind: 'program',
  snapshot: { id, state: 'ready', generation: 1, pid: 1, urls },
  verbs: [],
})
const system: ShownPart = { path: 'shop', kind: 'system', snapshot: { urls: ['http://localhost:1'] }, verbs: [] }
const web = program('web', 'http://localhost:3000')

test('the only program with a port is the one that is drilled', () => {
  assert.equal(chooseProgram([system, program('db'), web]).path, 'shop/web')
})

test('a program can be named', () => {
  assert.equal(chooseProgram([web, program('api', 'http://localhost:3001')], 'api').path, 'shop/api')
})

const refusals: readonly (readonly [string, readonly ShownPart[], string | undefined, RegExp])[] = [
  ['none has a port', [system, program('db')], undefined, /holds a port/],
  ['several have one', [web, program('api', 'http://localhost:3001')], undefined, /Several/],
  ['the one named is not there', [web], 'wbe', /No program 'wbe'/],
  ['the one named holds no port', [web, program('db')], 'db', /'db' holds no port/],
]
for (const [says, parts, name, message] of refusals)
  test(`refused with what to do: ${says}`, () =>
    assert.throws(() => chooseProgram(parts, name), { code: 'SELFHEAL_USAGE', message }))

test('a process that is no child of selfheal here is not touched', {
  skip: process.platform === 'linux' ? false : 'reads /proc: Linux only',
}, async () => {
  // As it looks from outside a container: the pid is this test's own here.
  const client: ControlClient = {
    parts: async () => ({
      version: '0',
      pid: process.pid,
      parts: [{ ...web, snapshot: { ...(web.snapshot as object), pid: process.pid } }],
    }),
    act: async () => null,
    events: async () => 'ended',
  }
  const target = supervised(client, chooseProgram([web]))
  const life = await target.serving()
  assert.equal(life?.pid, process.pid)
  assert.throws(() => target.signal(life!, 'SIGKILL'), { code: 'SELFHEAL_DRILL_REFUSED' })
  await target.close()
})
