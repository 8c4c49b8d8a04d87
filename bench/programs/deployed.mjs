// The program that is reloaded: BOOT ms of work, 5 ms a request. A file `bad` beside it makes the next life end at its start.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'

if (existsSync('bad')) {
  console.error('a bad deploy')
  process.exit(1)
}
const booted = performance.now() + Number(process.env.BOOT ?? 300)
while (performance.now() < booted);
createServer((_, answer) => setTimeout(() => answer.end(String(process.pid)), 5)).listen(Number(process.env.PORT), '127.0.0.1')
