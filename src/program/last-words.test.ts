import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastWords } from './last-words.ts'

test("of a stack: the error, and the first frame of the app's own code", () => {
  const thrown = `file:///app/server.mjs:1
throw new Error("no STRIPE_KEY")
      ^

Error: no STRIPE_KEY
    at connect (/app/node_modules/stripe/index.js:4:9)
    at file:///app/server.mjs:1:7
    at ModuleJob.run (node:internal/modules/esm/module_job:561:25)
    at async node:internal/modules/esm/loader:647:26

Node.js v24.21.0`
  assert.deepEqual(lastWords(thrown), ['Error: no STRIPE_KEY', '    at file:///app/server.mjs:1:7'])
})

test('where no frame is its own, the place that Node shows; the message of a missing module names who wants it', () => {
  const syntax = `file:///app/server.mjs:3
const = 3
      ^

SyntaxError: Unexpected token '='
    at compileSourceTextModule (node:internal/modules/esm/utils:318:16)

Node.js v24.21.0`
  assert.deepEqual(lastWords(syntax), ["SyntaxError: Unexpected token '='", '    at file:///app/server.mjs:3'])
  const missing = `node:internal/modules/esm/resolve:272
    throw new ERR_MODULE_NOT_FOUND(
          ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/nowhere.mjs' imported from /app/server.mjs
    at finalizeResolution (node:internal/modules/esm/resolve:272:11)
    at ModuleJob.link (node:internal/modules/esm/module_job:381:17) {
  code: 'ERR_MODULE_NOT_FOUND',
  url: 'file:///app/nowhere.mjs'
}

Node.js v24.21.0`
  const [message, ...frames] = lastWords(missing)
  assert.match(message!, /Cannot find module '\/app\/nowhere\.mjs' imported from \/app\/server\.mjs/)
  assert.equal(frames.length, 1)
})

test('without a stack the newest lines; with one, what came after it too', () => {
  assert.deepEqual(lastWords('one\ntwo'), ['one', 'two'])
  assert.equal(lastWords(Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n')).at(-1), 'line 19')
  assert.deepEqual(lastWords('Error: no\n    at f (/app/a.js:1:2)\nset DATABASE_URL'), [
    'Error: no',
    '    at f (/app/a.js:1:2)',
    'set DATABASE_URL',
  ])
})
