// A drill's copy of what runs with --auto is guarded too.
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { freePort } from '../process/program/kit.ts'
import { place } from '../process/run/place.ts'

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

test('a drill’s copy is guarded without code, as what runs is', needs('linux'), async t => {
  const p = place(t, {
    'app.mjs': APP,
    'quiet.drill.ts': DRILL,
    'selfheal.config.mjs': `export default { programs: { app: { run: '${node} app.mjs', ports: [${await freePort()}] } } }\n`,
  })
  p.run('--auto')
  await p.ready(undefined, 'app')
  const { status, out, err } = await p.cli(['drill', 'quiet', '--copy'])
  assert.equal(status, 0, `${out}\n${err}`)
})
