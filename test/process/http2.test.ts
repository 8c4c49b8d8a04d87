// HTTP/2 over a reload, with Node's own client: sessions are told to go, streams in flight finish, whoever comes next meets the next life.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { Agent, get as httpsGet } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { needs } from '../part.ts'
import { CERT, KEY } from './http2/tls.ts'
import { freePort, isAlive, until } from './program/kit.ts'
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

const both = `import { readFileSync } from 'node:fs'
import http2 from 'node:http2'
const [key, cert] = ['key.pem', 'cert.pem'].map(file => readFileSync(file))
http2.createSecureServer({ allowHTTP1: true, key, cert }, (request, response) => setTimeout(() => {
  if (request.url === '/throw') throw new Error('boom')
  response.end(request.httpVersion + ' ' + process.pid)
}, request.url === '/slow' ? 1500 : 5)).listen(Number(process.env.PORT))
`

test(
  'a server of HTTP/2 and HTTP/1 both: over a reload no request of either fails, and an error costs one request',
  needs('linux'),
  async t => {
    const p = place(t, { 'app.mjs': both, 'key.pem': KEY, 'cert.pem': CERT })
    const port = await freePort()
    p.run('--port', String(port), '--', 'node', 'app.mjs')
    await p.ready()
    const old = String((await p.facts())!.pid)
    const [host, unverified] = ['127.0.0.1', { rejectUnauthorized: false }]
    const agent = new Agent({ keepAlive: true, maxSockets: 6, ...unverified })
    const sessions: ClientHttp2Session[] = []
    let over = false
    t.after(() => {
      over = true
      agent.destroy()
      for (const session of sessions) session.destroy()
    })
    const fresh = () => {
      const session = connect(`https://${host}:${port}`, unverified)
      sessions.push(session)
      return session
    }
    const ask = (path: string) =>
      new Promise<string>(resolve => {
        httpsGet({ host, port, path, agent }, response => {
          let body = ''
          response.on('data', chunk => {
            body += chunk
          })
          response.on('end', () => resolve(response.statusCode === 200 ? body : String(response.statusCode)))
          response.on('error', error => resolve(error.message))
        }).on('error', error => resolve(error.message))
      })
    const told = new Set<string>()
    const calling = Promise.all(
      Array.from({ length: 6 }, async () => {
        for (; !over; await wait(5)) told.add(await ask('/'))
      }),
    )
    const session = fresh()
    const away = once(session, 'goaway', { signal: AbortSignal.timeout(30_000) })
    assert.equal(await get(session, '/'), `2.0 ${old}`)
    const slow = get(session, '/slow')
    const slowest = ask('/slow')
    await p.whole('reload')
    const next = String((await p.facts())!.pid)
    assert.equal((await away)[0], 0)
    assert.deepEqual([await slow, await slowest], [`2.0 ${old}`, `1.1 ${old}`])
    assert.equal(await get(fresh(), '/'), `2.0 ${next}`)
    await until('the old life to have ended', () => !isAlive(Number(old)))
    over = true
    await calling
    assert.deepEqual([...told].sort(), [`1.1 ${old}`, `1.1 ${next}`].sort())
    assert.equal(await ask('/throw'), '500')
  },
)
