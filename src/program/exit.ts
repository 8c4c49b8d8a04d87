// How a life of a program ended: code, signal, uncaught error, hang, out of memory and our own stop are told apart. Pure.
import type { Json } from '../core/index.ts'
import type { Exit } from '../supervisor/index.ts'

export interface Ending {
  readonly code: number | null
  readonly signal: string | null
  /** Launched by a shell that stays: 128 + n means signal n. */
  readonly byShell: boolean
  /** We asked it to stop. */
  readonly asked: boolean
  /** We killed it: after its grace, or because it hung. */
  readonly killed: boolean
  /** It told of an error that nobody caught; `drains`: it went on to finish what it had, and then ended by itself. */
  readonly uncaught?: Json
  readonly drains?: boolean
  readonly hung?: Json
  /** The last of its output. */
  readonly tail: string
  /** The kernel's out-of-memory killer struck in its cgroup meanwhile. */
  readonly oomKilled: boolean
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
}
const OUT_OF_MEMORY = /JavaScript heap out of memory|Reached heap limit|invalid array length Allocation failed/

export function exitOf(e: Ending): Omit<Exit, 'event'> {
  const fromShell = e.byShell && e.signal === null && e.code !== null && e.code > 128 ? SIGNALS[e.code - 128] : undefined
  const signal = e.signal ?? fromShell
  const facts = {
    ...(signal === undefined ? {} : { signal }),
    ...(e.code === null || fromShell !== undefined ? {} : { code: e.code }),
  }
  if (e.drains === true) return { reason: 'error', what: 'uncaught', info: e.uncaught ?? null, ...facts }
  if (e.asked) return { reason: e.killed ? 'killed' : 'shutdown', ...facts }
  if (e.hung !== undefined) return { reason: 'error', what: 'hang', info: e.hung, ...facts }
  if (signal === 'SIGABRT' && OUT_OF_MEMORY.test(e.tail))
    return { reason: 'error', what: 'oom', info: { by: 'V8: heap limit reached' }, ...facts }
  if (signal === 'SIGKILL' && e.oomKilled)
    return { reason: 'error', what: 'oom', info: { by: 'kernel: no memory left in the cgroup' }, ...facts }
  if (e.uncaught !== undefined) return { reason: 'error', what: 'uncaught', info: e.uncaught, ...facts }
  if (signal !== undefined) return { reason: 'error', what: 'signal', ...facts }
  if (e.code !== 0) return { reason: 'error', what: 'code', ...facts }
  return { reason: 'normal', ...facts }
}
