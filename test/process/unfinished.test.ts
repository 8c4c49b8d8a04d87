// What a stop cuts: each caller gets to know it, and so does whoever reads the terminal.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { freePort } from './program/kit.ts'
import { place } from './run/place.ts'

const APP = `import http from 'node:http'
http.createServer((request, response) => {
  console.log('has ' + request.method + ' ' + request.url)
  if (request.url === '/stream') response.write('the first part')
}).listen(Number(process.env.PORT))
`
interface Got {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  readonly whole: boolean
}
const call = (port: number, method: string, path: string) =>
  new Promise<Got>((resolve, reject) => {
    const asked = request({ port, method, path, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      response.on('error', () => {})
      response.on('close', () =>
        resolve({ status: response.statusCode, headers: response.headers, body, whole: response.complete }),
      )
    })
    asked.on('error', reject).end()
  })

test(
  'a stop with requests in flight: nobody is told that another serves, a POST may be done, a stream is broken',
  needs('linux'),
  async t => {
    const port = await freePort()
    const p = place(t, { 'app.mjs': APP })
    const run = p.run('--port', String(port), '--drain', '300ms', '--', 'node', 'app.mjs')
    await p.ready()
    const all = [call(port, 'GET', '/slow'), call(port, 'POST', '/buy'), call(port, 'GET', '/stream')] as const
    for (const one of ['GET /slow', 'POST /buy', 'GET /stream']) await run.says(new RegExp(`has ${one}`))
    run.process.kill('SIGTERM')
    const [get, post, stream] = await Promise.all(all)
    assert.equal(get.status, 503)
    assert.equal(JSON.parse(get.body).detail, 'The program was stopped before it could answer.')
    assert.equal(get.headers['retry-after'], '1')
    assert.equal(post.status, 503)
    assert.match(JSON.parse(post.body).detail, /may have been done/)
    assert.equal(post.headers['retry-after'], undefined)
    assert.deepEqual([stream.status, stream.body, stream.whole], [200, 'the first part', false])
    await run.says(
      /shop\.1 stopped; .*; 3 requests were not finished in time \(2 got a 503, 1 was broken off\): --drain and --grace give more time/,
    )
  },
)
