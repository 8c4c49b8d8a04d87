// selfheal as PID 1 of a container, as far as a namespace is one: orphans are reaped, SIGTERM reaches selfheal, its exit code is the container's.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { bin, place } from './run/place.ts'

const APP = `import http from 'node:http'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
const stat = pid => { try { return readFileSync('/proc/' + pid + '/stat', 'utf8') } catch { return '' } }
const all = () => readdirSync('/proc').filter(name => /^\\d+$/.test(name)).map(stat)
process.on('SIGTERM', () => { console.log('told to stop'); process.exit(0) })
http.createServer((request, response) => {
  // Orphans, whose parent ends before them.
  if (request.url === '/orphans') { for (let i = 0; i < 5; i++) spawn('sh', ['-c', '(sleep 0.1; exec true) & exit 0']) ; return response.end('5') }
  const now = all()
  response.end(JSON.stringify({ zombies: now.filter(one => /\\) Z /.test(one)).length, orphans: now.filter(one => /^\\d+ \\((sh|sleep|true)\\) \\S 1 /.test(one)).length, first: readFileSync('/proc/1/comm', 'utf8').trim() }))
}).listen(process.env.PORT)
`

test('as PID 1 it reaps orphans it has not started, and passes SIGTERM on', needs('linux', 'root'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': APP })
  const run = p.start([
    'unshare',
    '--pid',
    '--fork',
    '--mount-proc',
    node,
    bin,
    'run',
    '--port',
    String(port),
    '--',
    'node',
    'app.mjs',
  ])
  await until('an answer', async () => (await ask(port)).kind === 'ok')
  const look = async () => JSON.parse((await ask(port)).body!) as { zombies: number; orphans: number; first: string }
  assert.equal((await look()).first, 'sh')
  assert.equal((await ask(port, '/orphans')).body, '5')
  await until('the orphans to have come and gone', async () => {
    const { zombies, orphans } = await look()
    return zombies + orphans === 0
  })
  const init = Number(readFileSync(`/proc/${run.pid}/task/${run.pid}/children`, 'utf8').trim())
  process.kill(init, 'SIGTERM')
  assert.equal(await run.ended, 0, run.text())
  // It has ended; its last words may still be on their way to us.
  await run.says(/told to stop/)
  assert.doesNotMatch(run.text(), /ExperimentalWarning/)
})
