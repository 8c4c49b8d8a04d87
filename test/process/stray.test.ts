// Stray errors in a real process: Node's own uncaughtException, from timers, promises, emitters, callbacks and sockets.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { until } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))

const app = new URL('./stray/app.ts', import.meta.url).pathname
const run = (...args: string[]) =>
  promisify(execFile)(node, ['--conditions=@selfheal/source', app, ...args]).then(
    done => ({ code: 0, ...done }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )

test('what a component throws where nobody catches it restarts that component; what is nobody’s ends the process as Node does', async () => {
  const { code, stdout, stderr } = await run()
  const { generations, strays } = JSON.parse(stdout.split('\n')[0]!)
  assert.deepEqual(generations, { timer: 2, rejection: 2, emitter: 2, callback: 2, server: 2, calm: 1 })
  assert.deepEqual(strays, ['shop/callback', 'shop/emitter', 'shop/rejection', 'shop/server', 'shop/timer'])
  assert.match(stderr, /Error: of nobody\n\s+at .*app\.ts/)
  assert.equal(code, 1)
})

test('an app with an uncaughtException listener of its own keeps its say over what is nobody’s', async () => {
  const { code, stdout } = await run('own')
  assert.match(stdout, /the app heard: of nobody/)
  assert.equal(code, 0)
})

test(
  'under selfheal run too, also in a program that serves nobody: the component is restarted, the process lives on',
  needs('linux'),
  async t => {
    const p = place(t, {
      'job.mjs': `import { selfheal } from 'selfheal'
await selfheal().supervise('poller', life => new Promise(resolve => {
  life.signal.addEventListener('abort', resolve)
  if (life.generation === 1) setTimeout(() => { throw new Error('where nobody catches it') }, 200)
}))
setInterval(() => {}, 1_000)
`,
    })
    mkdirSync(join(p.folder, 'node_modules'))
    symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
    p.run('node', 'job.mjs')
    await p.ready()
    const { pid } = (await p.facts())!
    await until('the restart', async () =>
      (await p.journal({ name: 'supervisor.child_started' })).some(
        e => e.source.endsWith('/poller') && /"generation":2/.test(JSON.stringify(e.data)),
      ),
    )
    const [stray] = await p.journal({ name: 'supervisor.stray_error' })
    assert.match(JSON.stringify(stray!.data), /"id":"poller".*where nobody catches it/)
    assert.equal((await p.facts())!.pid, pid)
  },
)
