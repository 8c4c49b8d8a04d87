// A program whose servers have closed has nothing left to wait for: it ended before its own SIGTERM handler ran, and its last words, or what
// it would have saved there, were lost.
import { test } from 'node:test'
import { needs } from '../part.ts'
import { freePort } from '../process/program/kit.ts'
import { place } from '../process/run/place.ts'

test('its own handler runs before it ends, every time', needs('linux'), async t => {
  for (let turn = 1; turn <= 3; turn++) {
    const port = await freePort()
    const p = place(t, {
      'app.mjs': `import http from 'node:http'
process.on('SIGTERM', () => { console.log('told to stop'); process.exit(0) })
http.createServer((_, response) => response.end('x')).listen(process.env.PORT)
`,
    })
    const run = p.run('--port', String(port), '--', 'node', 'app.mjs')
    await p.ready()
    run.process.kill('SIGTERM')
    await run.says(/told to stop/)
    await run.ended
  }
})
