import assert from 'node:assert/strict'
import { test } from 'node:test'
import { story } from './story.ts'
import type { Asked } from './watch.ts'

const one = (outcome: Asked['outcome'], startedAt: number, endedAt: number, status?: number): Asked => ({
  outcome,
  startedAt,
  endedAt,
  ...(status === undefined ? {} : { status }),
})

test('only requests that the trouble could touch are counted', () => {
  const asked = [one('ok', 0, 5), one('cut', 95, 101), one('ok', 200, 412), one('ok', 300, 413), one('ok', 500, 505)]
  assert.equal(
    story({ who: 'app.1 (pid 7)', says: 'was killed by kill -9', brokenAt: 100, backAt: 412, successor: 'app.2 (pid 8)', asked }),
    `app.1 (pid 7) was killed by kill -9. Answering again after 312 ms as app.2 (pid 8).
Of 3 requests meanwhile: none refused, 1 lost on the way, the slowest that was answered took 212 ms.`,
  )
})

test('errors are told by their status, and what never came back is told too', () => {
  const asked = [one('error', 100, 101, 503), one('error', 200, 201, 500), one('refused', 300, 301), one('late', 300, 20_300)]
  assert.equal(
    story({ who: 'database.1 (pid 7)', says: 'was killed by kill -9', brokenAt: 50, asked }),
    `database.1 (pid 7) was killed by kill -9. It did not come back while I watched.
Of 4 requests meanwhile: 1 refused, 1 lost on the way, 2 answered with an error (500, 503).`,
  )
})
