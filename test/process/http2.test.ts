// HTTP/2 over a reload, with Node's own client: sessions are told to go, streams in flight finish, whoever comes next meets the next life.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { needs } from '../part.ts'
import { freePort } from './program/kit.ts'
import { place } from './run/place.ts'

const app = `import { appendFileSync } from 'node:fs'
import http2 from 'node:http2'
http2.createServer((request, response) => appendFileSync('asked', request.url + ' ') ?? setTimeout(() => response.end(String(process.pid)), request.url === '/slow' ? 1500 : 5))
  .listen(Number(process.env.PORT))
`

async function get(session: ClientHttp2Session, path: string): Promise<string> {
  const stream = session.request({ ':path': path })
  let body = ''
  stream.setEncoding('utf8').on('data', chunk => {
    body += chunk
  })
  await once(stream, 'end')
  assert.equal(stream.rstCode, 0)
  return body
}

test(
  'over a reload no HTTP/2 stream fails: a slow one finishes in the old life, its session is sent away',
  needs('linux'),
  async t => {
    const p = place(t, { 'app.mjs': app })
    const port = await freePort()
    p.run('--port', String(port), '--', 'node', 'app.mjs')
    await p.ready()
    const old = String((await p.facts())!.pid)
    const sessions = new Set<ClientHttp2Session>()
    t.after(() => {
      for (const session of sessions) session.destroy()
    })
    const fresh = () => {
      const session = connect(`http://127.0.0.1:${port}`)
      sessions.add(session)
      return session
    }
    const refused: string[] = []
    let number = 0
    let over = false
    let next = ''
    let latest = 0
    const caller = async () => {
      const seen: string[] = []
      for (let session = fresh(); !(over && (seen.at(-1) === next || Date.now() > latest)); await wait(5)) {
        if (session.closed) session = fresh()
        const path = `/${++number}`
        try {
          seen.push(await get(session, path))
        } catch (error) {
          // Node's client refuses by itself what it had not yet written when GOAWAY came: never sent, and the caller's to send again.
          if (!session.closed || !/REFUSED_STREAM/.test(String(error))) throw error
          refused.push(path)
        }
      }
      return seen
    }
    const calling = Promise.all(Array.from({ length: 10 }, caller))
    const patient = fresh()
    const away = once(patient, 'goaway', { signal: AbortSignal.timeout(30_000) })
    await get(patient, '/')
    const slow = get(patient, '/slow')
    await p.whole('reload')
    next = String((await p.facts())!.pid)
    assert.notEqual(next, old)
    assert.equal((await away)[0], 0, 'GOAWAY without an error')
    assert.equal(await slow, old)
    latest = Date.now() + 20_000
    over = true
    const all = await calling
    const asked = new Set(readFileSync(join(p.folder, 'asked'), 'utf8').split(' '))
    assert.deepEqual(
      refused.filter(path => asked.has(path)),
      [],
    )
    for (const seen of all) assert.equal(seen.at(-1), next)
  },
)
