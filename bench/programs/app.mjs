// The program that is kept: 300 ms of boot work, 5 ms of work a request. It writes what it accepted to ACCEPT_LOG before anything else:
// 'c <port of the caller>' for a connection, 'r <id>' for a request. It answers with a number for this life, and its pid. A file
// `$ACCEPT_LOG.bad` is a bad deploy: the next life throws while it boots. Nothing in it knows of signals or of who keeps it.
import { randomInt } from 'node:crypto'
import { existsSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'

const booted = performance.now() + 300
while (performance.now() < booted);
if (existsSync(`${process.env.ACCEPT_LOG}.bad`)) throw new Error('a bad deploy')

const life = randomInt(1_000_000_000)
const log = openSync(process.env.ACCEPT_LOG, 'a')
const standStill = () => {
  for (;;);
}
const server = createServer((request, answer) => {
  const path = request.url.slice(1)
  writeSync(log, `r ${path}\n`)
  if (path === 'hang') standStill()
  if (path === 'throw') setTimeout(() => JSON.parse('what nobody catches'), 200)
  else setTimeout(() => answer.end(`${life} ${process.pid}`), path === 'hold' ? 500 : 5)
})
server.on('connection', socket => writeSync(log, `c ${socket.remotePort}\n`))
if (process.env.SOCKET_ACTIVATED) server.listen({ fd: 3 })
else server.listen(Number(process.env.PORT), '127.0.0.1')
