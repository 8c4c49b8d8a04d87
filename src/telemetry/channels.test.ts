// A channel that can't tell says why, and nothing of the webhook's URL, which is its key.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { channelsOf } from './index.ts'

const message = { subject: 'a test', text: 'nothing is wrong' }
const says = (slack: string) =>
  channelsOf({ slack }).slack!(message).then(
    () => 'taken',
    (error: Error) => error.message,
  )

test('why a webhook can’t be reached is said, and nothing of its URL', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  assert.equal(await says(`http://127.0.0.1:${port}/services/SECRET`), "the webhook can't be reached (ECONNREFUSED)")
  // fetch refuses it by itself: a cause without a code.
  assert.equal(await says('http://127.0.0.1:25/services/SECRET'), "the webhook can't be reached (bad port)")
  assert.doesNotMatch(await says('gopher://127.0.0.1/services/SECRET'), /SECRET|gopher:\/\//)
  assert.match(await says('gopher://127.0.0.1/services/SECRET'), /^the webhook can't be reached \(.+scheme.*\)$/)
})
