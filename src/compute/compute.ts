// compute(file): long computes in threads, with a timeout that ends them for real. The main thread stays free, a task that takes too long
// is ended with its thread, and its slot comes back when the thread has gone. A task that leaks or aborts takes its thread, not the process.
//
//   run ─► a thread is free? ─no─► waits (bounded, FIFO, at most its deadline) ─► runs ─┬─ its value, or its own error
//                                                                                      └─ timeout or abort ─► thread ended ─► rejected
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  createEvents,
  currentFrame,
  type Duration,
  durationMs,
  isRejected,
  type Json,
  outsideFrames,
  type Part,
  systemClock,
} from '../core/index.ts'
import { closed, timedOut, waitedOut } from './errors.ts'
import './events.ts'
import { type ComputeOptions, readOptions } from './options.ts'
import { slotsOf } from './slots.ts'
import { threads as startThreads, type Threads } from './threads.ts'

export interface Compute<T, R> extends Part, AsyncDisposable {
  /**
   * Runs the file's default export with `task` (structured clone) in a thread. Rejects with the task's own error, with the caller's abort
   * reason, or with RejectedError SELFHEAL_COMPUTE_TIMEOUT, _WAITED, _FULL, _CLOSED.
   */
  run(task: T, how?: { readonly signal?: AbortSignal; readonly deadline?: Duration }): Promise<R>
}

/** Opens nothing until its first task. `file`: an absolute path or a file URL of a module whose default export does the work. */
export function compute<T = unknown, R = unknown>(file: string | URL, options: ComputeOptions = {}): Compute<T, R> {
  const { timeoutMs, threads: most, queue } = readOptions(options)
  const { clock = systemClock, events = createEvents() } = options
  const filename = typeof file === 'string' && !file.startsWith('file:') ? file : fileURLToPath(file)
  const name = options.name ?? basename(filename, extname(filename))
  const path = options.under === undefined ? name : `${options.under}/${name}`
  const slots = slotsOf(most, queue, path, clock)
  const counts = { done: 0, failed: 0, timedOut: 0, aborted: 0, rejected: 0 }
  let pool: Promise<Threads> | undefined
  let isClosed = false

  const refuse = <E extends Error & { code: string }>(error: E): never => {
    counts.rejected++
    events.emit('compute.rejected', path, { code: error.code, waiting: slots.waiting() }, { level: 'warn' })
    throw error
  }

  async function run(
    task: T,
    { signal, deadline }: { readonly signal?: AbortSignal; readonly deadline?: Duration } = {},
  ): Promise<R> {
    if (isClosed) refuse(closed(path))
    signal?.throwIfAborted()
    const own =
      deadline === undefined ? Number.POSITIVE_INFINITY : clock.now() + (durationMs(deadline) ?? Number.POSITIVE_INFINITY)
    const until = Math.min(currentFrame()?.deadline ?? Number.POSITIVE_INFINITY, own)
    const left = () => until - clock.now()
    if (left() <= 0) refuse(waitedOut(path, 0))
    try {
      await slots.take(Math.min(timeoutMs, left()), signal)
    } catch (error) {
      if (isRejected(error)) refuse(error)
      throw error
    }
    let threads: Threads
    try {
      pool ??= outsideFrames(() => startThreads(filename, most, options.memoryMb))
      threads = await pool
    } catch (error) {
      pool = undefined
      slots.giveBack()
      throw error
    }
    const startedAt = clock.now()
    const mayMs = Math.min(timeoutMs, left())
    if (mayMs <= 0 || signal?.aborted || isClosed) {
      slots.giveBack()
      signal?.throwIfAborted()
      refuse(isClosed ? closed(path) : waitedOut(path, timeoutMs))
    }
    const controller = new AbortController()
    const work = threads.run<R>(task, controller.signal)
    return new Promise<R>((resolve, reject) => {
      const end = (error: unknown, as: 'timed_out' | 'aborted') => {
        settled()
        as === 'timed_out' ? counts.timedOut++ : counts.aborted++
        const afterMs = Math.round(clock.now() - startedAt)
        reject(error)
        const endedAt = clock.now()
        void threads
          .endBy(() => controller.abort())
          .then(() => {
            slots.giveBack()
            events.emit(
              `compute.${as}`,
              path,
              { afterMs, endedMs: Math.round(clock.now() - endedAt) },
              { level: as === 'aborted' ? 'info' : 'warn' },
            )
          })
      }
      const abort = () => end(signal!.reason, 'aborted')
      const undo = clock.after(mayMs, () => end(timedOut(path, mayMs), 'timed_out'))
      signal?.addEventListener('abort', abort, { once: true })
      let over = false
      const settled = () => {
        over = true
        undo()
        signal?.removeEventListener('abort', abort)
      }
      work.then(
        value => {
          if (over) return
          settled()
          counts.done++
          slots.giveBack()
          resolve(value)
        },
        error => {
          if (over) return
          settled()
          counts.failed++
          slots.giveBack()
          events.emit(
            'compute.failed',
            path,
            { name: String(error?.name), message: String(error?.message ?? error) },
            { level: 'warn' },
          )
          reject(error)
        },
      )
    })
  }

  async function close() {
    isClosed = true
    slots.close()
    await (await pool)?.close()
  }

  return Object.freeze({
    path,
    kind: 'compute',
    snapshot: (): Json => ({ name, threads: most, running: slots.running(), waiting: slots.waiting(), ...counts, timeoutMs }),
    settings: () => [{ level: 'compute', name: 'timeout', valueMs: timeoutMs, from: `compute('${name}')` }],
    run,
    [Symbol.asyncDispose]: close,
  })
}
