import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { currentFrame, outsideFrames, runInFrame } from './ambient.ts'

test('outside of any frame there is none', () => {
  assert.equal(currentFrame(), undefined)
})

test('a deadline can only come nearer, however frames are nested', () => {
  const deadline = fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.POSITIVE_INFINITY), fc.constant(undefined))
  fc.assert(
    fc.property(fc.array(deadline, { minLength: 1, maxLength: 10 }), deadlines => {
      let nearest = Number.POSITIVE_INFINITY
      const enter = (rest: readonly (number | undefined)[]): void => {
        const [first, ...others] = rest
        if (rest.length === 0) return
        nearest = Math.min(nearest, first ?? Number.POSITIVE_INFINITY)
        runInFrame(first === undefined ? {} : { deadline: first }, () => {
          assert.equal(currentFrame()!.deadline, nearest)
          enter(others)
        })
      }
      enter(deadlines)
    }),
  )
})

test('an inner frame inherits what it does not change, and the outer one is back afterwards', () => {
  const request = { fail: () => {} }
  runInFrame({ owner: 'shop/web', request, deadline: 10 }, () => {
    runInFrame({ retries: 'taken' }, () =>
      assert.deepEqual(currentFrame(), { owner: 'shop/web', request, deadline: 10, retries: 'taken' }),
    )
    assert.deepEqual(currentFrame(), { owner: 'shop/web', request, deadline: 10 })
  })
  assert.equal(currentFrame(), undefined)
})

test('a frame can’t be changed from within', () => {
  runInFrame({ deadline: 10 }, () => {
    assert.throws(() => {
      ;(currentFrame() as { deadline: number }).deadline = 99
    }, TypeError)
  })
})

test('a frame follows its call through promises, timers and errors, and two calls at once do not mix', async () => {
  const seen = await Promise.all(
    ['a', 'b'].map(owner =>
      runInFrame({ owner }, async () => {
        await turn()
        try {
          await Promise.reject(new Error('no'))
        } catch {
          await new Promise(resolve => process.nextTick(resolve))
        }
        return currentFrame()?.owner
      }),
    ),
  )
  assert.deepEqual(seen, ['a', 'b'])
})

test('what runs outside frames inherits none, nor does what it starts; the result and errors come through', async () => {
  await runInFrame({ owner: 'a' }, async () => {
    const later = outsideFrames(async () => {
      await turn()
      return currentFrame()
    })
    assert.equal(currentFrame()?.owner, 'a')
    assert.equal(await later, undefined)
    assert.equal(
      outsideFrames(() => 7),
      7,
    )
    assert.throws(
      () =>
        outsideFrames(() => {
          throw new Error('mine')
        }),
      /mine/,
    )
    assert.equal(currentFrame()?.owner, 'a')
  })
})

test('two copies of the package share one frame', async () => {
  const copy = (await import(`${import.meta.resolve('./ambient.ts')}?copy`)) as typeof import('./ambient.ts')
  assert.notEqual(copy.runInFrame, runInFrame)
  copy.runInFrame({ owner: 'other copy', deadline: 5 }, () => {
    assert.equal(currentFrame()?.owner, 'other copy')
    runInFrame({ deadline: 9 }, () => assert.equal(copy.currentFrame()?.deadline, 5))
  })
})
