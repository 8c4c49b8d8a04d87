import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needs } from '../../test/part.ts'
import { findStateFolder, stateFolder } from './state-folder.ts'

function place(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'selfheal-state-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected

test('the state folder is the flag, else SELFHEAL_STATE, else the config, else STATE_DIRECTORY, else beside package.json', t => {
  const cwd = place(t)
  mkdirSync(join(cwd, 'src'))
  writeFileSync(join(cwd, 'package.json'), '{}')
  const env = { SELFHEAL_STATE: 'from-env', STATE_DIRECTORY: '/var/lib/a:/var/lib/b' }
  assert.equal(findStateFolder({ flag: 'from-flag', config: 'c', cwd, env }), join(cwd, 'from-flag'))
  assert.equal(findStateFolder({ config: 'c', cwd, env }), join(cwd, 'from-env'))
  assert.equal(
    findStateFolder({ config: 'c', configFile: '/app/selfheal.config.mts', cwd, env: { STATE_DIRECTORY: '/x' } }),
    '/app/c',
  )
  assert.equal(findStateFolder({ cwd, env: { STATE_DIRECTORY: env.STATE_DIRECTORY } }), '/var/lib/a')
  assert.equal(findStateFolder({ cwd: join(cwd, 'src'), env: {} }), join(cwd, '.selfheal'))
})

test('a new state folder is for its owner alone, and hidden from git', t => {
  const folder = stateFolder({ cwd: place(t), env: {}, flag: 'a/b' })
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.match(readFileSync(join(folder, '.gitignore'), 'utf8'), /^\*$/m)
})

test('a state folder of ours that others may read is closed to them', t => {
  const where = { cwd: place(t), env: {} }
  const folder = stateFolder(where)
  chmodSync(folder, 0o755)
  stateFolder(where)
  assert.equal(statSync(folder).mode & 0o777, 0o700)
})

test('a folder with other things in it is refused and left as it was', t => {
  const cwd = place(t)
  chmodSync(cwd, 0o755)
  writeFileSync(join(cwd, 'package.json'), '{}')
  assert.throws(() => stateFolder({ flag: '.', cwd, env: {} }), code('SELFHEAL_STATE_FOREIGN'))
  assert.equal(statSync(cwd).mode & 0o777, 0o755)
})

test('a file in its place is told, with what to do', t => {
  const cwd = place(t)
  writeFileSync(join(cwd, 'x'), '')
  assert.throws(() => stateFolder({ flag: 'x', cwd, env: {} }), code('SELFHEAL_STATE_UNWRITABLE'))
  assert.throws(() => stateFolder({ flag: 'x/y', cwd, env: {} }), code('SELFHEAL_STATE_UNWRITABLE'))
})

test('a folder that this user must not write is told, with what to do', needs('linux'), () => {
  assert.throws(() => stateFolder({ flag: '/proc/1/selfheal', cwd: '/', env: {} }), code('SELFHEAL_STATE_UNWRITABLE'))
})
