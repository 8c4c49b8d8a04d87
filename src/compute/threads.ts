// The threads, by piscina: loaded when the first task comes, so that an app that computes nothing pays nothing. One task a thread. Ending
// a task ends its thread, and is over when the thread is.
import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import type { Piscina as Pool } from 'piscina'

export interface Threads {
  /** Rejects with the task's own error; when `signal` aborts, at once. */
  run<R>(task: unknown, signal: AbortSignal): Promise<R>
  /** Aborts by `abort`, and resolves when the thread that is ended by it has exited. */
  endBy(abort: () => void): Promise<void>
  close(): Promise<void>
}

const IDLE_MS = 30_000

export async function threads(file: string, most: number, memoryMb: number | undefined): Promise<Threads> {
  const { Piscina } = await import('piscina')
  const pool: Pool = new Piscina({
    filename: file,
    minThreads: 0,
    maxThreads: most,
    idleTimeout: IDLE_MS,
    concurrentTasksPerWorker: 1,
    ...(memoryMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
  })
  // A thread that dies outside of any task must not end the process: the next task gets another.
  pool.on('error', () => {})
  return {
    run: <R>(task: unknown, signal: AbortSignal) => pool.run(task, { signal }) as Promise<R>,
    async endBy(abort) {
      const before: readonly Worker[] = pool.threads
      abort()
      const left = pool.threads
      await Promise.all(
        before
          .filter(thread => !left.includes(thread))
          .map(thread => (thread.threadId === -1 ? undefined : once(thread, 'exit'))),
      )
    },
    close: () => pool.destroy(),
  }
}
