// The near end of the writer's thread: starts it when it is needed, and again after it died. One message out, one promise back. Must
// not keep the process alive while nothing is under way.
import { Worker } from 'node:worker_threads'
import { SelfhealError } from '../core/index.ts'
import { toError } from './said.ts'
import type { FromWriter, ToWriter, WriterData } from './writer-messages.ts'

type Wish = ToWriter extends infer M ? (M extends { readonly n: number } ? Omit<M, 'n'> : never) : never

export interface WriterThread {
  /** Rejects with SelfhealError: what the writer said, or SELFHEAL_JOURNAL_WRITER_DIED. */
  ask(wish: Wish): Promise<unknown>
  /** How often it was started again. */
  restarts(): number
  /** Ends it without asking. For tests, and for a writer that is stuck at the end. */
  end(): Promise<void>
}

/** Types are stripped in a clone; what is published is JavaScript. */
const WRITER = import.meta.url.endsWith('.ts') ? new URL('./writer.ts', import.meta.url) : new URL('./writer.js', import.meta.url)

export function writerThread(data: WriterData, onSetAside: (file: string) => void): WriterThread {
  const waiting = new Map<
    number,
    { readonly resolve: (value: unknown) => void; readonly reject: (error: SelfhealError) => void }
  >()
  let worker: Worker | undefined
  let n = 0
  let starts = 0
  let ending = false

  const settle = (message: FromWriter) => {
    const asked = waiting.get(message.n)
    waiting.delete(message.n)
    if (waiting.size === 0 && !ending) worker?.unref()
    if (message.is === 'failed') return asked?.reject(toError(message.error))
    if (message.setAside !== undefined) onSetAside(message.setAside)
    asked?.resolve(message.value)
  }
  const start = () => {
    // Neither the preload nor the inspector of this process is for it.
    const made = new Worker(WRITER, {
      workerData: data,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: {},
      name: 'selfheal journal',
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    })
    let why = 'it ended'
    made.on('message', settle)
    made.on('messageerror', error => (why = error.message))
    made.on('error', error => (why = error instanceof Error ? error.message : String(error)))
    made.on('exit', () => {
      if (worker === made) worker = undefined
      const died = new SelfhealError(
        'SELFHEAL_JOURNAL_WRITER_DIED',
        `The journal's writer died: ${why}`,
        'It is started again; nothing is lost that still waits.',
      )
      for (const { reject } of [...waiting.values()]) reject(died)
      waiting.clear()
    })
    starts++
    return made
  }
  return Object.freeze({
    ask(wish: Wish) {
      return new Promise<unknown>((resolve, reject) => {
        worker ??= start()
        worker.ref()
        waiting.set(++n, { resolve, reject })
        worker.postMessage({ ...wish, n })
      })
    },
    restarts: () => Math.max(0, starts - 1),
    async end() {
      // Who waits for its end must not be left waiting by a process that ends for lack of work.
      ending = true
      worker?.ref()
      await worker?.terminate()
      ending = false
    },
  })
}
