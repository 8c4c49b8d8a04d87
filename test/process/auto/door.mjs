// An app that hangs at one thing, polls at another, and takes uploads; it knows nothing of us.
import http from 'node:http'

const server = http.createServer(async (request, response) => {
  if (request.url === '/hang') return
  if (request.url === '/spin') {
    const end = performance.now() + 20
    while (performance.now() < end);
  }
  let bytes = 0
  for await (const chunk of request) bytes += chunk.length
  response.end(`${request.method} ${bytes}`)
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
