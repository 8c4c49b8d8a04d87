// A third party's API that can be made to fail in the ways they do; it counts what it is asked, and who is connected.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export type Mode = 'well' | 'busy' | 'hung' | 'resets' | 'refuses'

export interface Api {
  readonly port: number
  asked: number
  paid: number
  connections(): number
  become(mode: Mode): Promise<void>
}

export async function testApi(): Promise<Api & { close(): void }> {
  let mode: Mode = 'well'
  const sockets = new Set<Socket>()
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    api.asked++
    if (request.url === '/pay') api.paid++
    if (mode === 'hung' || request.url === '/never') return
    if (mode === 'busy') return void response.writeHead(503).end('busy')
    if (mode === 'resets') {
      request.socket.write('HTTP/1.1 200 OK\r\ncontent-')
      return void request.socket.resetAndDestroy()
    }
    if (request.url === '/moved') return void response.writeHead(302, { location: '/' }).end()
    if (request.url === '/half') return void response.writeHead(200).write('y')
    if (request.url === '/big') return void response.end('y'.repeat(3_000_000))
    let bytes = 0
    request.on('data', data => (bytes += data.length))
    request.on('end', () => {
      if (request.url === '/sent') response.end(String(bytes))
      else if (request.url?.startsWith('/v1/'))
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"cus_1","object":"customer"}')
      else response.end('7')
    })
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
    setTimeout(() => socket.write('hello'), 20)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const api: Api & { close(): void } = {
    port,
    asked: 0,
    paid: 0,
    connections: () => sockets.size,
    async become(next) {
      const before = mode
      mode = next
      if (next === 'refuses') {
        server.close()
        server.closeAllConnections()
        for (const socket of sockets) socket.destroy()
      } else if (before === 'refuses') {
        server.listen(port, '127.0.0.1')
        await once(server, 'listening')
      }
    },
    close() {
      server.close()
      server.closeAllConnections()
      for (const socket of sockets) socket.destroy()
    },
  }
  return api
}
