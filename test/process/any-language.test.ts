// Programs of other languages: an interpreted one, Python's http.server, and a compiled one, in C. Each has the held socket as fd 3, says it
// is ready by a line on the link, ends with its supervisor, and reads the modes of the features of the app beside it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { needs, type Part } from '../part.ts'
import { ask, freePort, isAlive, until } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))
const here = join(import.meta.dirname, 'languages')
const CASES: readonly {
  readonly name: string
  readonly needs: Part
  readonly build: (folder: string) => string
  readonly off: RegExp
}[] = [
  {
    name: 'Python',
    needs: 'python3',
    build: folder => {
      copyFileSync(join(here, 'serve.py'), join(folder, 'serve.py'))
      return 'python3 serve.py'
    },
    off: /"shop\/app\/features\/checkout": "off"/,
  },
  {
    name: 'a compiled program',
    needs: 'gcc',
    build: folder => {
      execFileSync('gcc', ['-O1', '-o', join(folder, 'serve'), join(here, 'serve.c')])
      return './serve'
    },
    off: /something is off/,
  },
]

describe('programs of any language', { concurrency: true }, () => {
  for (const { name, needs: part, build, off } of CASES)
    test(
      `${name}: kept running, ready by its own line, told the modes, gone with its supervisor`,
      needs('linux', part),
      async t => {
        const port = await freePort()
        const p = place(t, {
          'node_modules/.keep': '',
          'app.mjs':
            "import { selfheal } from 'selfheal'\nselfheal().feature('checkout', { needs: [] })\nsetInterval(() => {}, 1000)\n",
        })
        symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
        const run = build(p.folder)
        p.write(
          'selfheal.config.mts',
          `import { config } from 'selfheal'
  export default config({ programs: { app: { run: 'node app.mjs' }, other: { run: ${JSON.stringify(run)}, ports: [${port}], ready: 'line' } } })`,
        )
        const selfheal = p.run()
        await p.ready(1, 'other')
        const [told] = (await p.journal({ name: 'program.ready' })).filter(({ source }) => source === 'shop/other')
        assert.equal((told!.data as { by?: string }).by, 'line')
        const first = (await ask(port)).body
        assert.equal(first, String((await p.facts('other'))!.pid))

        await p.kill('other')
        const second = await ask(port)
        assert.equal(second.kind, 'ok', 'who comes while it is dead is answered by the next')
        assert.notEqual(second.body, first)

        assert.doesNotMatch((await ask(port, '/modes')).body!, off)
        assert.equal((await p.cli(['feature', 'checkout', 'off', '--why', 'a test'])).status, 0)
        await until('it to read the mode', async () => off.test((await ask(port, '/modes')).body ?? ''))

        const pid = Number((await ask(port)).body)
        process.kill(selfheal.pid, 'SIGKILL')
        await until('it to end with its supervisor', () => !isAlive(pid))
        assert.equal((await ask(port)).kind, 'refused', 'and the port is free')
      },
    )
})
