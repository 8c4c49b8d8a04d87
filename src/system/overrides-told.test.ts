import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SelfhealError } from '../core/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import { tellOverrides } from './overrides-told.ts'
import { answerAbout } from './told-parts.ts'

const fails = (code: string) => async () => {
  throw new SelfhealError(code, 'no answer', 'Ask again.')
}
const treeOf = (programs: readonly object[]) =>
  ({
    whichChildren: () => programs.map((handle, i) => ({ id: String(i), state: 'running', child: { handle } })),
  }) as unknown as Supervisor

test('each Node program takes it before it is said to hold; one that is stuck, or of an older selfheal, is counted as late', async () => {
  let looked = 0
  const told = await tellOverrides(
    treeOf([
      {
        node: true,
        ask: (asked: never) =>
          answerAbout(
            () => [],
            asked,
            () => looked++,
          ),
      },
      { node: true, ask: async () => null },
      { node: true, ask: fails('SELFHEAL_PROGRAM_SILENT') },
      { node: true, ask: fails('SELFHEAL_VERB_UNKNOWN') },
      { node: true, ask: fails('SELFHEAL_PROGRAM_GONE') },
      { node: false, ask: fails('SELFHEAL_PROGRAM_SILENT') },
    ]),
  )
  assert.deepEqual([told, looked], [{ taken: 2, of: 4 }, 1])
  assert.deepEqual(await tellOverrides(undefined), { taken: 0, of: 0 })
})
