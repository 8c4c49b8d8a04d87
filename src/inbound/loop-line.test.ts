// The line before the loop, on a loop of the test's own: its time, its rest, and its turns.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LoopTime, loopLine } from './loop-line.ts'

function fakeLoop() {
  let [now, rested] = [0, 0]
  let ends: (() => void)[] = []
  const loop: LoopTime = { now: () => now, rested: () => rested, atTurnsEnd: fn => void ends.push(fn) }
  return {
    loop,
    work: (ms: number) => {
      now += ms
    },
    rest: (ms: number) => {
      now += ms
      rested += ms
    },
    /** Ends a turn; then what was let in begins. */
    async turn() {
      const all = ends
      ends = []
      for (const fn of all) fn()
      await Promise.resolve()
      await Promise.resolve()
    },
  }
}

test('a loop that rests lets in whatever comes, however much is under way', () => {
  const { loop, rest, work } = fakeLoop()
  const line = loopLine(loop)
  for (let i = 0; i < 5_000; i++) {
    assert.equal(line.enter(), undefined)
    i % 100 === 0 ? rest(10) : work(0.9)
  }
})

test('one long piece of work refuses nobody: who came meanwhile is let in, a turn later', async () => {
  const { loop, rest, work, turn } = fakeLoop()
  const line = loopLine(loop)
  rest(1_000)
  line.enter()
  work(4_000)
  const came = Array.from({ length: 20 }, () => line.enter())
  for (let i = 0; i < 40; i++) {
    work(5)
    await turn()
  }
  const answers = await Promise.all(came)
  assert.ok(
    answers.every(one => one !== false),
    String(answers),
  )
})

test('ten times what it can do: it does what it can, nobody waits over a second, and who is gone takes nobody’s turn', async () => {
  const { loop, rest, work, turn } = fakeLoop()
  const line = loopLine(loop)
  const gone = AbortSignal.abort()
  const seen = { served: 0, refused: 0, gone: 0, longest: 0 }
  const WORK_MS = 20
  let due = 0
  let n = 0
  const end = 10_000
  while (loop.now() < end) {
    for (; due <= loop.now(); due += WORK_MS / 10) {
      const came = loop.now()
      const left = n++ % 7 === 0
      const answer = line.enter(left ? gone : undefined)
      const go = (served: boolean) => {
        if (left) seen.gone++
        else if (served) {
          seen.served++
          seen.longest = Math.max(seen.longest, loop.now() - came)
          work(WORK_MS)
        } else seen.refused++
      }
      answer === undefined ? go(true) : void answer.then(go)
    }
    if (line.waiting() === 0) rest(Math.max(0.1, due - loop.now()))
    work(0.1)
    await turn()
  }
  assert.ok(seen.served > (0.9 * end) / WORK_MS, JSON.stringify(seen))
  assert.ok(seen.refused > seen.served, JSON.stringify(seen))
  assert.ok(seen.longest <= 1_000 + 64 * WORK_MS, JSON.stringify(seen))
  // And when it is over, it is over at once.
  for (let i = 0; i < 200 && line.waiting() > 0; i++) await turn()
  for (let i = 0; i < 3; i++) {
    rest(300)
    line.enter()
    for (let turns = 0; turns < 2; turns++) await turn()
  }
  assert.equal(line.enter(), undefined)
})
