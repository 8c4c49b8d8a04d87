// `selfheal dev` with a real editor's doing: a change is a reload, a broken one is refused and said, a mended one is taken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { callers } from './run/callers.ts'
import { bin, place } from './run/place.ts'

const says = (word: string) =>
  `import http from 'node:http'\nhttp.createServer((_, response) => response.end('${word}')).listen(Number(process.env.PORT))\n`

test(
  'each saved file is a reload; a broken one is refused with its words, and nobody meets an error',
  needs('linux'),
  async t => {
    const p = place(t, { 'src/app.mjs': says('one'), 'node_modules/x/index.js': '' })
    const port = await freePort()
    const run = p.start([node, bin, 'dev', '--port', String(port), '--', 'node', 'src/app.mjs'])
    await run.says(/watching \d folders/)
    assert.equal((await ask(port)).body, 'one')
    const calling = callers(t, port, 4)
    p.write('src/app.mjs', says('two'))
    await until('the second', async () => (await ask(port)).body === 'two')
    p.write('src/app.mjs', 'this is no JavaScript\n')
    await run.says(/was not reloaded/)
    assert.match(run.text(), /src\/app\.mjs changed/)
    assert.equal((await ask(port)).body, 'two')
    p.write('src/app.mjs', says('three'))
    await until('the third', async () => (await ask(port)).body === 'three')
    assert.deepEqual(Object.keys((await calling.stop()).answers), ['200'])
    run.process.kill('SIGINT')
    assert.equal(await run.ended, 0)
  },
)
