import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../testing/index.ts'
import { poisonRoutes } from './poison.ts'

test('a route that took four lives in a minute is poison; others, and one long ago, are not', async () => {
  const clock = manualClock()
  const routes = poisonRoutes(() => 4, clock)
  for (let i = 0; i < 3; i++) routes.threw('GET /sick')
  routes.threw('GET /once')
  assert.deepEqual(routes.list(), [])
  routes.threw('GET /sick')
  assert.deepEqual(routes.list(), ['GET /sick'])
  await clock.advance(60_000)
  assert.deepEqual(routes.list(), [])
})
