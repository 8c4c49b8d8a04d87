// What a compute is told, read once.
import { type Clock, ConfigError, type Duration, durationMs, type Events, type Fault } from '../core/index.ts'

export interface ComputeOptions {
  /** Last part of its path, and what its events and refusals are told under. Default: the file's name. */
  readonly name?: string
  /** How long one task may run before its thread is ended; more than 0. A nearer deadline counts. Default 30 s. */
  readonly timeout?: Duration
  /** How many run at once, each in a thread of its own; 1 or more. Default 1. */
  readonly threads?: number
  /** How many may wait for a thread; 0 or more. Default 16. */
  readonly queue?: number
  /** Memory of one thread, in MB: a task that needs more fails alone, and the process lives. Default: Node's. */
  readonly memoryMb?: number
  /** First part of its path. A system gives its own. */
  readonly under?: string
  readonly clock?: Clock
  readonly events?: Events
}

export interface ReadOptions {
  readonly timeoutMs: number
  readonly threads: number
  readonly queue: number
}

const KNOWN = ['name', 'timeout', 'threads', 'queue', 'memoryMb', 'clock', 'events', 'under']

/** Throws one ConfigError that lists every fault. */
export function readOptions(options: ComputeOptions): ReadOptions {
  const faults: Fault[] = Object.keys(options)
    .filter(key => !KNOWN.includes(key))
    .map(key => ({ at: key, says: `is not known; there are ${KNOWN.slice(0, 5).join(', ')}` }))
  const { threads = 1, queue = 16, memoryMb } = options
  const timeoutMs = durationMs(options.timeout ?? '30s') ?? 0
  if (!(timeoutMs > 0)) faults.push({ at: 'timeout', says: "must be a time above 0, such as '30s'" })
  if (!Number.isSafeInteger(threads) || threads < 1) faults.push({ at: 'threads', says: 'must be a whole number, 1 or more' })
  if (!Number.isSafeInteger(queue) || queue < 0) faults.push({ at: 'queue', says: 'must be a whole number, 0 or more' })
  if (memoryMb !== undefined && !(memoryMb >= 8)) faults.push({ at: 'memoryMb', says: 'must be 8 or more' })
  if (faults.length > 0) throw new ConfigError('compute()', faults)
  return { timeoutMs, threads, queue }
}
