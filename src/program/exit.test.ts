import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Ending, exitOf } from './exit.ts'

const end = (change: Partial<Ending>): Ending => ({
  code: null,
  signal: null,
  byShell: false,
  asked: false,
  killed: false,
  tail: '',
  oomKilled: false,
  ...change,
})
const V8 = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'

const cases: readonly (readonly [string, Partial<Ending>, object])[] = [
  ['exit 0 by itself is normal', { code: 0 }, { reason: 'normal', code: 0 }],
  ['an exit code', { code: 7 }, { reason: 'error', what: 'code', code: 7 }],
  ['a signal', { signal: 'SIGSEGV' }, { reason: 'error', what: 'signal', signal: 'SIGSEGV' }],
  ['a signal, told by a shell', { code: 139, byShell: true }, { reason: 'error', what: 'signal', signal: 'SIGSEGV' }],
  ['139 without a shell is an exit code', { code: 139 }, { reason: 'error', what: 'code', code: 139 }],
  [
    'an uncaught error',
    { code: 1, uncaught: { message: 'boom' } },
    { reason: 'error', what: 'uncaught', info: { message: 'boom' }, code: 1 },
  ],
  [
    'V8 out of memory',
    { signal: 'SIGABRT', tail: V8 },
    { reason: 'error', what: 'oom', info: { by: 'V8: heap limit reached' }, signal: 'SIGABRT' },
  ],
  ['an abort of another kind', { signal: 'SIGABRT' }, { reason: 'error', what: 'signal', signal: 'SIGABRT' }],
  [
    "the kernel's out-of-memory kill",
    { signal: 'SIGKILL', oomKilled: true },
    { reason: 'error', what: 'oom', info: { by: 'kernel: no memory left in the cgroup' }, signal: 'SIGKILL' },
  ],
  ['a plain kill -9', { signal: 'SIGKILL' }, { reason: 'error', what: 'signal', signal: 'SIGKILL' }],
  [
    'our kill of one that hung',
    { signal: 'SIGKILL', killed: true, hung: { forMs: 5_000 } },
    { reason: 'error', what: 'hang', info: { forMs: 5_000 }, signal: 'SIGKILL' },
  ],
  ['stopped as asked', { signal: 'SIGTERM', asked: true }, { reason: 'shutdown', signal: 'SIGTERM' }],
  ['asked, and exits with an error: still as asked', { code: 3, asked: true }, { reason: 'shutdown', code: 3 }],
  [
    'asked, and killed at the end of its grace',
    { signal: 'SIGKILL', asked: true, killed: true },
    { reason: 'killed', signal: 'SIGKILL' },
  ],
]
for (const [name, ending, exit] of cases) test(`the end of a program: ${name}`, () => assert.deepEqual(exitOf(end(ending)), exit))
