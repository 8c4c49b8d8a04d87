// Stray errors in a real process: Node's own uncaughtException, from timers, promises, emitters, callbacks and sockets.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { node } from '../node.ts'

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
