import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SelfhealError } from '../core/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import { appParts } from './app-parts.ts'

const treeOf = (programs: Readonly<Record<string, () => Promise<unknown>>>) =>
  ({
    whichChildren: () =>
      Object.entries(programs).map(([id, ask]) => ({ id, state: 'running', child: { handle: { node: true, ask } } })),
  }) as unknown as Supervisor

const part = { path: 'shop/db', kind: 'dependency', snapshot: { state: 'up' }, verbs: [] }
const fails = (code: string) => async () => {
  throw new SelfhealError(code, 'no answer', 'Ask again.')
}

test('a program that is too busy to tell of its parts is named; one that ended or has none is not', async () => {
  const parts = await appParts(
    treeOf({
      web: async () => [part],
      busy: fails('SELFHEAL_PROGRAM_SILENT'),
      gone: fails('SELFHEAL_PROGRAM_GONE'),
      plain: async () => null,
    }),
  )
  assert.deepEqual(
    parts.map(({ path, kind }) => [path, kind]),
    [
      ['shop/db', 'dependency'],
      ['busy/parts', 'silent'],
    ],
  )
  assert.deepEqual(parts[1]!.snapshot(), { program: 'busy', withinMs: 700 })
})
