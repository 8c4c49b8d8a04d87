import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { readOutput } from './output.ts'

const settle = () => new Promise(resolve => setImmediate(resolve))

test('every line is passed on with its mark, and with the stream it came from', async () => {
  const said: [string, number][] = []
  const [out, err] = [new PassThrough(), new PassThrough()]
  readOutput(
    [out, err],
    () => 'web.1 | ',
    (text, stream) => said.push([text, stream]),
  )
  out.write('one\ntwo\nthr')
  out.write('ee\n')
  err.write('oops\n')
  await settle()
  assert.deepEqual(said, [
    ['web.1 | one\nweb.1 | two\n', 0],
    ['web.1 | three\n', 0],
    ['web.1 | oops\n', 1],
  ])
})

test('what has no newline yet is passed on at the end', async () => {
  let said = ''
  const out = new PassThrough()
  const output = readOutput(
    [out],
    () => '',
    text => {
      said += text
    },
  )
  out.write('last words')
  await settle()
  assert.equal(said, '')
  output.flush()
  assert.equal(said, 'last words\n')
  assert.equal(output.tail(), 'last words')
})

test('a line without end is cut, and the tail stays small', async () => {
  let longest = 0
  const out = new PassThrough()
  const output = readOutput(
    [out],
    () => '',
    text => {
      longest = Math.max(longest, ...text.split('\n').map(line => line.length))
    },
  )
  for (let i = 0; i < 64; i++) out.write('x'.repeat(64 * 1024))
  await settle()
  output.flush()
  assert.ok(longest <= 8 * 1024)
  assert.ok(output.tail().length <= 16 * 1024)
})

test('a letter of several bytes that comes in two pieces is one letter', async () => {
  let said = ''
  const out = new PassThrough()
  readOutput(
    [out],
    () => '',
    text => {
      said += text
    },
  )
  const bytes = Buffer.from('é\n')
  out.write(bytes.subarray(0, 1))
  out.write(bytes.subarray(1))
  await settle()
  assert.equal(said, 'é\n')
})
