import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { readCommand } from './command.ts'

const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` }
const made: string[] = []
after(() => {
  for (const at of made) rmSync(at, { recursive: true })
})
function folder(scripts: Record<string, string> = {}) {
  const at = mkdtempSync(join(tmpdir(), 'selfheal-command-'))
  made.push(at)
  writeFileSync(join(at, 'package.json'), JSON.stringify({ name: 'shop', version: '1.2.3', scripts }))
  return at
}

test('node and its arguments are run as they are', () => {
  const { argv, node, byShell } = readCommand(['node', 'app.js', '--x'], folder(), env)
  assert.deepEqual([argv, node, byShell], [[process.execPath.replace(/[^/]+$/, 'node'), 'app.js', '--x'], true, false])
})

test('text without shell syntax is split as a shell would split it', () => {
  assert.deepEqual(readCommand(`node -e "a b" 'c d'`, folder(), env).argv.slice(1), ['-e', 'a b', 'c d'])
})

test('npm start is the script itself, in a shell that becomes it', () => {
  const { argv, node, env: added, says } = readCommand(['npm', 'start'], folder({ start: 'node app.js' }), env)
  assert.deepEqual(argv, ['/bin/sh', '-c', 'exec node app.js'])
  assert.equal(node, true)
  assert.equal(says, 'npm start')
  assert.deepEqual(
    [added['npm_lifecycle_event'], added['npm_package_name'], added['npm_package_version']],
    ['start', 'shop', '1.2.3'],
  )
})

test('arguments after -- go to the script, a pre-script runs first', () => {
  const at = folder({ prestart: 'echo first', start: 'node app.js' })
  assert.equal(readCommand(['npm', 'run', 'start', '--', "it's"], at, env).argv[2], "{ echo first\n} && node app.js 'it'\\''s'")
})

for (const [line, becomes] of [
  ['true && node app.js', 'true && node app.js'],
  ['PORT=1 node app.js', 'PORT=1 node app.js'],
  ['cd api; node app.js', 'cd api; node app.js'],
  ['node app.js > log', 'exec node app.js > log'],
] as const)
  test(`the shell line '${line}' is run as '${becomes}'`, () => {
    const { argv, node } = readCommand(line, folder(), env)
    assert.deepEqual([argv, node], [['/bin/sh', '-c', becomes], true])
  })

test('what starts node for somebody is a Node program, what does not is none', () => {
  const at = folder()
  writeFileSync(join(at, 'start.sh'), '#!/bin/sh\nexport A=1\nexec node app.js\n', { mode: 0o755 })
  writeFileSync(join(at, 'other.sh'), '#!/bin/sh\n# never node\nexec sleep 1\n', { mode: 0o755 })
  assert.equal(readCommand(['env', 'A=1', 'node', 'app.js'], at, env).node, true)
  assert.equal(readCommand(['sh', '-c', 'true && node app.js'], at, env).node, true)
  assert.equal(readCommand(['./start.sh'], at, env).node, true)
  assert.equal(readCommand(['./other.sh'], at, env).node, false)
  assert.equal(readCommand(['sleep', '1'], at, env).node, false)
})

test('a script or program that is not there is named, with what there is', () => {
  const at = folder({ dev: 'node dev.js' })
  assert.throws(() => readCommand(['npm', 'start'], at, env), { code: 'SELFHEAL_SCRIPT_NOT_FOUND', mend: 'It has: dev.' })
  assert.throws(() => readCommand(['no-such-thing'], at, env), { code: 'SELFHEAL_COMMAND_NOT_FOUND' })
  assert.throws(() => readCommand([], at, env), { code: 'SELFHEAL_COMMAND_NOT_FOUND' })
})
