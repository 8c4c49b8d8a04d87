import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from './command.ts'
import { startFailed } from './start-failed.ts'

const command: Command = { argv: ['node', 'app.js'], byShell: false, node: true, env: {}, says: 'node app.js' }
const ended = (tail: string, node = true) =>
  startFailed('ended', {
    command: { ...command, node },
    exit: { reason: 'error', what: 'code', code: 1 },
    tail,
    greeted: false,
    ports: [],
  })

test('a Node that is too old for the preload is named, with its version', () => {
  const tail =
    'TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /x/src/program/preload/index.ts\n    at x\n\nNode.js v20.20.2'
  assert.equal(ended(tail).code, 'SELFHEAL_NODE_TOO_OLD')
  assert.match(ended(tail).message, /20\.20\.2/)
  assert.equal(ended('node: --import=file:///x is not allowed in NODE_OPTIONS').code, 'SELFHEAL_NODE_TOO_OLD')
})

test('an error of the app itself is a crash like any other', () => {
  assert.equal(ended('SyntaxError: Unexpected token\n    at file:///app/program/index.js:3').code, 'SELFHEAL_CRASHED_AT_START')
  assert.equal(ended('ERR_X /program/preload/', false).code, 'SELFHEAL_CRASHED_AT_START')
})

test('the last of its output is in the message', () => {
  assert.match(ended('one\ntwo').message, /its last output:\n {4}one\n {4}two/)
})

test('one that listens elsewhere is late for that reason, and its words are in a refused reload too', () => {
  const elsewhere = 'listens on 3388, but port 3377 is held: put PORT back to 3377, or stop selfheal and run it again'
  const late = startFailed('late', { command, exit: undefined, tail: 'up', greeted: true, ports: ['[::]:3377'], elsewhere })
  assert.equal(late.code, 'SELFHEAL_NOT_READY')
  assert.ok(late.message.startsWith(`'node app.js' ${elsewhere}.\n  its last output:\n    up`), late.message)
})
