// Zero code where it counts: the unit runs `selfheal run --auto`, and a drill's copy of what runs with --auto is guarded too.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { freePort } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))
const APP = `import http from 'node:http'
http.createServer((_, response) => response.end(String(globalThis[Symbol.for('selfheal.auto.1')]))).listen(process.env.PORT)
`
const DRILL = `
import { journey, scenario } from ${JSON.stringify(pathToFileURL(join(root, 'src/drill/index.ts')).href)}
export const quiet = scenario({
  name: 'quiet',
  says: 'Nothing is broken.',
  faults: [],
  duration: '1s',
  steady: '500ms',
  journeys: [journey('is guarded', async visitor => void (await visitor.get('/', { check: ({ text }) => text === 'guarding' || text })))],
  promises: ['answered = 100 %'],
})
`

test(
  'the unit runs with --auto, says what is lost without a socket; a copy is guarded as what runs is',
  needs('linux'),
  async t => {
    const port = await freePort()
    const p = place(t, {
      'app.mjs': APP,
      'quiet.drill.ts': DRILL,
      'selfheal.config.mjs': `export default { programs: { app: { run: '${node} app.mjs', ports: [${port}] } } }\n`,
    })
    p.run('--auto')
    const unit = async (...args: readonly string[]) => {
      const { status, out, err } = await p.cli(['unit', '--user', 'nobody', '--name', 'shop', ...args])
      assert.equal(status, 0, err)
      return { out, text: readFileSync(join(p.folder, 'shop.service'), 'utf8') }
    }
    const held = await unit('--auto', '--port', '3000', '--', 'node', 'app.mjs')
    assert.match(held.text, /^ExecStart=.*run"? "?--auto"? "?--port"? "?3000"? "?--"? "?node"? "?app\.mjs"?$/m)
    assert.doesNotMatch(held.out, /No socket unit/)
    const bare = await unit('--', 'node', 'app.mjs')
    assert.doesNotMatch(bare.text, /--auto/)
    assert.match(bare.out, /No socket unit was written.*callers are refused/)
    assert.match((await unit('--auto')).text, /^ExecStart=.*"?--auto"?$/m)

    await p.ready(undefined, 'app')
    const { status, out, err } = await p.cli(['drill', 'quiet', '--copy'])
    assert.equal(status, 0, `${out}\n${err}`)
  },
)
