// A program that leaks is replaced before its memory runs out, and nobody notices.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlClient } from 'selfheal/control'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const APP = `import http from 'node:http'
const kept = []
http.createServer((request, response) => {
  if (request.url === '/leak') kept.push(Buffer.alloc(250_000_000, 1))
  setTimeout(() => response.end(String(process.pid)), 50)
}).listen(process.env.PORT)
`

test(
  'over its limit in two samples: the next life is ready before the old one leaves, and nothing is lost',
  needs('linux'),
  async t => {
    const p = place(t, { 'app.mjs': APP })
    const port = await freePort()
    p.run('--port', String(port), '--memory', '240MB', '--', 'node', 'app.mjs')
    await p.ready()
    await until('its vital signs', async () => {
      const { parts } = await controlClient(`${p.folder}/.selfheal`).parts()
      const { vitals } = parts.find(part => part.kind === 'program')!.snapshot as { vitals: Record<string, number | null> }
      return vitals['memoryLimit'] === 240 * 1_048_576 && vitals['fds']! > 3 && vitals['heap']! > 0 && vitals['lateMs'] !== null
    })
    assert.equal((await ask(port, '/leak')).kind, 'ok')
    const asked: ReturnType<typeof ask>[] = []
    let over = false
    const callers = (async () => {
      for (; !over; await new Promise(resolve => setTimeout(resolve, 20))) asked.push(ask(port))
    })()
    try {
      await p.ready(2)
      await until('the old one to be gone', async () => (await p.journal({ name: 'program.exited' })).length === 1)
    } finally {
      over = true
      await callers
    }
    const answers = await Promise.all(asked)
    assert.deepEqual([...new Set(answers.map(({ kind, status }) => `${kind} ${status}`))], ['ok 200'])
    assert.equal((await p.facts())!.restarts, 0, 'it costs no restart')
    const [told] = await p.journal({ name: 'program.memory_over' })
    const [renewing] = await p.journal({ name: 'system.renewing' })
    assert.equal((told!.data as { by?: string }).by, 'memory')
    assert.equal(renewing!.because, told!.id)
  },
)
