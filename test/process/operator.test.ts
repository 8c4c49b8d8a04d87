// What an operator asks while the configuration is broken, or a build was refused: the commands work on what runs, and say what is so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { freePort } from './program/kit.ts'
import { place } from './run/place.ts'

const app = `import http from 'node:http'
http.createServer((_, response) => response.end('here')).listen(Number(process.env.PORT))
`

test(
  'beside a broken configuration the commands work on what runs; a refused deploy is told as one; a time that is none is refused',
  needs('linux'),
  async t => {
    const port = await freePort()
    const good = `export default {\n  state: '.kept/selfheal',\n  programs: { web: { run: 'node app.mjs', ports: [${port}] } },\n}\n`
    const p = place(t, { 'app.mjs': app, 'selfheal.config.mts': good })
    const run = p.run()
    await run.says(/web\.1 is ready/)

    for (const [broken, words] of [
      [good.replace('programs:', 'programs;'), 'status logs why mode'],
      [good.replace(`[${port}]`, '[99999]'), 'status'],
    ] as const) {
      p.write('selfheal.config.mts', broken)
      const asked = words.split(' ').map(word => [word, '--json'])
      const answers = await Promise.all(asked.map(words => p.cli(words)))
      for (const [i, { status, out, err }] of answers.entries()) {
        assert.equal(status, 0, `${asked[i]}: ${out}${err}`)
        assert.equal(JSON.parse(out).ok, true)
        assert.match(err, /^selfheal: .*selfheal\.config\.mts.*\(what runs goes on with what it read before\)\n$/)
      }
    }
    const reload = await p.cli(['reload'])
    assert.equal(reload.status, 2, reload.err)
    assert.match(reload.err, /selfheal\.config\.mts/)
    const stopped = await p.cli(['stop', 'web'])
    assert.match(stopped.out, /Start with: selfheal start web$/m)
    assert.equal((await p.cli(['start', 'web'])).status, 0)

    p.write('selfheal.config.mts', good)
    p.write('app.mjs', 'import nothing from "./nowhere.mjs"\n')
    const refused = await p.cli(['reload'])
    assert.equal(refused.status, 1)
    assert.match(refused.err, /Cannot find module .*nowhere\.mjs.* imported from .*app\.mjs/)
    assert.doesNotMatch(refused.err, /ModuleJob|code: '/)
    const why = await p.cli(['why'])
    assert.match(why.out, /^A deploy was refused: web was not reloaded, and the build before serves on: .*nowhere/)
    assert.match(why.out, /noticed +nobody/)

    const [late, none] = await Promise.all([p.cli(['why', '25:61']), p.cli(['journal', '--name', 'no.such'])])
    assert.equal(late.status, 2)
    assert.match(none.out, /^Nothing is recorded here that fits\.$/m)

    p.write('selfheal.config.mts', 'export default {{\n')
    const silent = await p.cli(['status'])
    assert.equal(silent.status, 2, 'its folder is not known then, and nothing runs at the usual place')
    assert.equal((await p.cli(['stop', '--state', '.kept/selfheal'])).status, 0)
  },
)
