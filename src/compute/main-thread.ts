// watchMainThread(): finds synchronous work that holds the main thread up, and names it. The main thread ticks a shared counter; a thread of
// its own (main-thread-watcher.ts) sees it stand still, asks the inspector where, and lets it go on. What it found is told when the main
// thread runs again. For an app by itself: under `selfheal run` the program is watched already.
import { Worker } from 'node:worker_threads'
import {
  ConfigError,
  createEvents,
  type Duration,
  durationMs,
  type Events,
  type Json,
  outsideFrames,
  type Part,
} from '../core/index.ts'
import './events.ts'
import type { Blocked, Watching } from './main-thread-watcher.ts'

export interface MainThreadOptions {
  /** Standing still for so long is told; at least 20 ms. Default 200 ms. */
  readonly over?: Duration
  /** First part of its path. */
  readonly under?: string
  /** Where `compute.blocked` is emitted. Default: nowhere; then `snapshot()` tells how often, and the last one. */
  readonly events?: Events
}

/** Disposing of it ends its thread and its timer, and resolves when both are gone. */
export interface MainThreadWatch extends Part, AsyncDisposable {}

/** Starts one thread; neither it nor its timer keeps the process alive. Throws ConfigError. */
export function watchMainThread(options: MainThreadOptions = {}): MainThreadWatch {
  const { events = createEvents(), under } = options
  const overMs = durationMs(options.over ?? 200) ?? 0
  if (!(overMs >= 20))
    throw new ConfigError('watchMainThread()', [{ at: 'over', says: "must be 20 ms or more, such as '200ms'" }])
  const path = under === undefined ? 'main-thread' : `${under}/main-thread`
  const ticks = new Int32Array(new SharedArrayBuffer(4))
  const file = new URL(import.meta.url.endsWith('.ts') ? './main-thread-watcher.ts' : './main-thread-watcher.js', import.meta.url)
  const { NODE_OPTIONS: _, ...env } = process.env
  let times = 0
  let longestMs = 0
  let last: Blocked | undefined
  const { worker, timer } = outsideFrames(() => ({
    worker: new Worker(file, {
      workerData: { ticks, overMs } satisfies Watching,
      name: 'selfheal-main-thread',
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
    }),
    timer: setInterval(() => Atomics.add(ticks, 0, 1), overMs / 4),
  }))
  // Without its watcher the app goes on, unwatched.
  worker.on('error', () => {})
  worker.on('message', (blocked: Blocked) => {
    times++
    last = blocked
    longestMs = Math.max(longestMs, blocked.forMs)
    events.emit('compute.blocked', path, blocked, { level: 'warn' })
  })
  timer.unref()
  worker.unref()
  return Object.freeze({
    path,
    kind: 'main-thread',
    snapshot: (): Json => ({
      overMs,
      times,
      longestMs,
      last: last === undefined ? null : { forMs: last.forMs, stack: last.stack },
    }),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await worker.terminate()
    },
  })
}
