// A dependency that answers until the file `down` is there, a feature that needs it, and a port.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { guard, selfheal } from 'selfheal'

selfheal()
const db = guard({ name: 'db', timeout: '200ms', retry: false })
createServer((_, response) => {
  db.run(async () => {
    if (existsSync('down')) throw new Error('refused')
    return 'here'
  }).then(
    text => response.end(text),
    error => response.writeHead(500).end(String(error)),
  )
}).listen(0)
