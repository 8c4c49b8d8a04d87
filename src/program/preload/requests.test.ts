import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { type AddressInfo, connect, Socket } from 'node:net'
import { test } from 'node:test'
import { currentFrame } from '../../core/index.ts'
import { watchRequests } from './requests.ts'
import { routeBoard } from './routes.ts'

const requests = watchRequests(routeBoard())
const open = () => [...requests.open].map(({ route }) => route)
type OfRequest = { readonly request?: IncomingMessage } | undefined
const framed = () => (currentFrame()?.request as OfRequest)?.request?.url

async function serving(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  return { server, socket }
}

test('requests that come in one packet each run in a frame of their own, now and later, and leave none behind', async t => {
  const seen: string[] = []
  const { server, socket } = await serving(async (request, response) => {
    seen.push(`${request.url} in ${framed()}`)
    request.on('end', () => seen.push(`${request.url} ended in ${framed()}`))
    request.resume()
    await new Promise(resolve => setImmediate(resolve))
    seen.push(`${request.url} later in ${framed()}`)
    response.end()
  })
  t.after(() => server.close())
  server.on('connection', () => seen.push(`connection in ${framed()}`))
  socket.write(
    'GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  )
  socket.resume()
  await once(socket, 'close')
  for (const path of ['/a', '/b', '/c'])
    assert.deepEqual(
      seen.filter(line => line.startsWith(path)).sort(),
      [`${path} ended in ${path}`, `${path} in ${path}`, `${path} later in ${path}`],
      String(seen),
    )
  assert.equal(framed(), undefined)
  assert.deepEqual(open(), [])
})

test('one handed in without a parser keeps what its caller runs in, and is open until its answer is closed', () => {
  const own = new AsyncLocalStorage<string>()
  const server = createServer((_, response) => {
    assert.equal(own.getStore(), 'the test’s')
    assert.equal(framed(), '/handed')
    response.end()
  })
  const request = new IncomingMessage(new Socket())
  Object.assign(request, { method: 'GET', url: '/handed' })
  const response = new ServerResponse(request)
  own.run('the test’s', () => server.emit('request', request, response))
  assert.equal(framed(), undefined)
  assert.deepEqual(open(), ['GET /handed'])
  response.emit('close')
  assert.deepEqual(open(), [])
})

test('those that are open are told the newest first, whichever of them ends', async t => {
  const answers: ServerResponse[] = []
  const { server, socket } = await serving((_, response) => void answers.push(response))
  t.after(() => server.close())
  const more = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const third = connect((server.address() as AddressInfo).port, '127.0.0.1')
  for (const [at, one] of [socket, more, third].entries()) {
    one.write(`GET /${at} HTTP/1.1\r\nHost: x\r\n\r\n`)
    one.resume()
    while (answers.length <= at) await new Promise(resolve => setImmediate(resolve))
  }
  assert.deepEqual(open(), ['GET /2', 'GET /1', 'GET /0'])
  const end = async (at: number) => {
    answers[at]!.end()
    await once(answers[at]!, 'close')
  }
  await end(1)
  assert.deepEqual(open(), ['GET /2', 'GET /0'])
  await end(2)
  assert.deepEqual(open(), ['GET /0'])
  requests.leave()
  assert.equal(answers[0]!.shouldKeepAlive, false)
  await end(0)
  assert.deepEqual(open(), [])
  for (const one of [socket, more, third]) one.destroy()
})
