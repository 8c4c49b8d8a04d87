// The door of zero code, where nobody has agreed to a limit: what waits shuts out nobody, and a process with too much to do serves what it can.
import assert from 'node:assert/strict'
import { Agent, get } from 'node:http'
import { test } from 'node:test'
import { autoApp } from './auto/kit.ts'
import { until } from './program/kit.ts'

const HUNG = 700

test('hundreds that hang shut out nobody; of more work than can be done what can be is done, the others are told, and it is well at once', async t => {
  const app = await autoApp('door.mjs', {})
  t.after(() => app.end())
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const ask = (path: string) =>
    new Promise<number>(resolve => {
      const asked = get({ port: app.port, host: '127.0.0.1', path, agent }, answer => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode!))
      })
      asked.on('error', () => resolve(0))
      t.after(() => asked.destroy())
    })
  for (let i = 0; i < HUNG; i++) void ask('/hang')
  for (let i = 0; i < 20; i++) assert.equal((await app.ask('/')).status, 200)

  const asked: Promise<number>[] = []
  let refused = 0
  await until('some to be refused', async () => {
    for (let i = 0; i < 60; i++) {
      const one = ask('/spin')
      asked.push(one)
      void one.then(status => {
        if (status === 503) refused++
      })
    }
    await new Promise(resolve => setTimeout(resolve, 100))
    return refused > 0
  })
  const answers = await Promise.all(asked)
  assert.ok(answers.includes(200), 'what can be done is done')
  assert.ok(
    answers.every(status => status === 200 || status === 503),
    String(new Set(answers)),
  )
  await until('all to be served', async () => (await Promise.all([1, 2, 3].map(() => ask('/')))).every(status => status === 200))
})
