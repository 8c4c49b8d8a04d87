// The program that is killed: 300 ms of boot work, 5 ms of work a request, one request a connection. It writes what it accepted to
// ACCEPT_LOG before anything else: 'c <port of the caller>' for a connection, 'r <id>' for a request. It answers with its pid.
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'

const booted = performance.now() + 300
while (performance.now() < booted);

const log = openSync(process.env.ACCEPT_LOG, 'a')
const server = createServer((request, answer) => {
  writeSync(log, `r ${request.url.slice(1)}\n`)
  setTimeout(() => answer.end(String(process.pid)), 5)
})
server.on('connection', socket => writeSync(log, `c ${socket.remotePort}\n`))
if (process.env.SOCKET_ACTIVATED) server.listen({ fd: 3 })
else server.listen(Number(process.env.PORT), '127.0.0.1')
