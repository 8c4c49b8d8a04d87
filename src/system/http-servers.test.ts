import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { httpServers } from './http-servers.ts'

test('a server that listens is told of with its levels as they are, mended when asked, and forgotten when it has closed', async () => {
  const servers = httpServers()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const mine = () => servers.parts('app').find(part => part.path === `app/http:${port}`)
  const levels = () => Object.fromEntries(mine()!.settings!().map(({ level, valueMs }) => [level, valueMs]))
  assert.deepEqual(levels(), {
    'server-request': server.requestTimeout,
    'server-headers': server.headersTimeout,
    'server-keep-alive': server.keepAliveTimeout,
  })
  server.requestTimeout = 0
  assert.equal(levels()['server-request'], null, 'node’s 0 is never')
  await mine()!.verbs!['mend']!({ rules: ['endless'], behindIdleMs: 60_000 }, { by: 'doctor', why: 'test' })
  assert.equal(server.requestTimeout, 300_000)
  assert.equal(server.keepAliveTimeout, 65_000)
  server.close()
  await once(server, 'close')
  assert.equal(mine(), undefined)
  servers.stop()
})
