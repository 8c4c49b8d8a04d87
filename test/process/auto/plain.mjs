// An app that says nothing of how it ends; with ONCE, one that takes the first SIGTERM itself, before all others.
import http from 'node:http'

const server = http.createServer((_, response) => response.end('ok'))
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
if (process.env.ONCE)
  process.prependOnceListener('SIGTERM', () => {
    console.log('taken')
    setTimeout(() => process.exit(3), 50)
  })
