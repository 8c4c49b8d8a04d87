// worker(file): a worker thread as a component. Its module runs in the thread through thread.ts; it is ready when the module has run
// (top-level await included), or when it says so. It is asked to stop by its own signal; who never took one is terminated at once.
// A loop that never ends can be killed here, as it can't in this thread.
import { MessageChannel, Worker, type WorkerOptions } from 'node:worker_threads'
import { ConfigError, type Duration, durationMs } from '../core/index.ts'
import type { Child, Component, Exit, Life } from './component.ts'
import type { FromThread, ToThread } from './thread.ts'

export interface ThreadOptions {
  /** `told`: ready when the thread calls thisLife().ready(). Default `loaded`: when its module has run. */
  readonly ready?: 'loaded' | 'told'
  /** It beats by itself so often, off its event loop: with `heartbeat` in its spec a loop that stands still is seen. Default: it does not. */
  readonly beatEvery?: Duration
  /** What the thread finds in workerData, with our own part under `selfheal`. */
  readonly data?: Readonly<Record<string, unknown>>
  /** Handed to node's Worker as they are. */
  readonly thread?: Pick<WorkerOptions, 'argv' | 'env' | 'execArgv' | 'name' | 'resourceLimits' | 'stdout' | 'stderr'>
}

/** `file`: an absolute path or a URL. A module that exports `start(life)` lives as long as its promise. */
export function worker(file: string | URL, options: ThreadOptions = {}): Component<Worker> {
  const { beatEvery } = options
  if (beatEvery !== undefined && !((durationMs(beatEvery) ?? 0) > 0))
    throw new ConfigError('worker', [
      { at: 'beatEvery', says: `must be more than 0, milliseconds or text as '1s', not ${String(beatEvery)}` },
    ])
  return Object.freeze({ kind: 'worker', start: (life: Life) => startWorker(file, options, life) })
}

async function startWorker(file: string | URL, options: ThreadOptions, life: Life): Promise<Child<Worker>> {
  life.signal.throwIfAborted()
  const { port1: ours, port2: port } = new MessageChannel()
  const told: ToThread = {
    id: life.id,
    path: life.path,
    generation: life.generation,
    file: String(file),
    beatMs: durationMs(options.beatEvery),
    port,
  }
  const thread = new Worker(entry(), {
    ...options.thread,
    workerData: { ...options.data, selfheal: told },
    transferList: [port],
  })
  const ready = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<Exit>()
  let error: unknown
  let ended: 'asked' | 'killed' | undefined
  let listens = false

  ours.on('message', (message: FromThread) => {
    if (message.is === 'listens') listens = true
    else if (message.is === 'beat') life.beat()
    else if (message.is === (options.ready ?? 'loaded')) ready.resolve()
  })
  ours.unref()
  thread.on('error', e => {
    error = e
  })
  thread.on('exit', code => {
    ours.close()
    const exit = exitOf(code, error, ended)
    exited.resolve(exit)
    ready.reject(exit.error ?? new Error(`the thread ended with code ${code} before it was ready`))
  })
  const kill = () => {
    ended = 'killed'
    void thread.terminate()
    return true
  }
  life.signal.addEventListener('abort', () => {
    ended ??= 'asked'
    if (listens) ours.postMessage({ is: 'stop' })
    else void thread.terminate()
  })
  await ready.promise
  return Object.freeze({ handle: thread, exited: exited.promise, kill })
}

/** `asked` may be terminated too, and with code 1: who takes no signal is asked in no other way. */
function exitOf(code: number, error: unknown, ended: 'asked' | 'killed' | undefined): Exit {
  if (error !== undefined) {
    const oom = (error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
    return { reason: 'error', what: oom ? 'oom' : 'uncaught', error, code }
  }
  if (ended !== undefined) return { reason: ended === 'asked' ? 'shutdown' : 'killed', code }
  if (code === 0) return { reason: 'normal', code }
  return { reason: 'error', what: 'code', code }
}

/** Beside this file, in the sources as in the build. */
function entry(): URL {
  return import.meta.url.endsWith('.ts') ? new URL('./thread.ts', import.meta.url) : new URL('./thread.js', import.meta.url)
}
