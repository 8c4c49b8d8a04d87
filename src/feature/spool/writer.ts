// Writes to the spool's file, many in one transaction: one fsync for all that came in one turn of the loop. Each resolves when it is on
// the disk. Another life of the program may hold the file for a moment: tried again by our clock, never waited for.
import { type Clock, outsideFrames, RejectedError } from '../../core/index.ts'
import { isBusy, type Store, storeError } from '../../store/index.ts'

const BUSY_AGAIN_MS = 3
const CHECKPOINT_EVERY = 200

interface Waiting {
  readonly run: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  readonly deadline: number
}

export interface SpoolWriter {
  /** `fn` must look first and write then: what it throws must have written nothing. */
  write<T>(fn: () => T, deadline: number): Promise<T>
  /** Resolves when nothing waits to be written. */
  idle(): Promise<void>
}

export function spoolWriter(store: Store, clock: Clock): SpoolWriter {
  let queue: Waiting[] = []
  let scheduled = false
  let batches = 0
  const whenIdle: (() => void)[] = []

  const schedule = () => {
    if (scheduled) return
    scheduled = true
    outsideFrames(() => setImmediate(flush))
  }
  const flush = () => {
    scheduled = false
    const batch = queue
    queue = []
    const settled: (() => void)[] = []
    try {
      store.transaction(() => {
        for (const { run, resolve, reject } of batch) {
          try {
            const value = run() as never
            settled.push(() => resolve(value))
          } catch (error) {
            // The transaction itself is over when SQLite ended it: then nobody's write stands.
            if (!store.db.isTransaction) throw error
            settled.push(() => reject(error))
          }
        }
      })
      for (const settle of settled) settle()
      if (++batches % CHECKPOINT_EVERY === 0) tidy()
    } catch (error) {
      failed(batch, error)
    }
    if (queue.length > 0) return
    for (const done of whenIdle.splice(0)) done()
  }
  const failed = (batch: Waiting[], error: unknown) => {
    const now = clock.now()
    const again = isBusy(error) ? batch.filter(one => one.deadline > now) : []
    for (const one of batch) if (!again.includes(one)) one.reject(refused(error))
    if (again.length === 0) return
    queue = [...again, ...queue]
    scheduled = true
    outsideFrames(() => clock.after(BUSY_AGAIN_MS, flush))
  }
  const tidy = () => {
    try {
      store.checkpoint()
    } catch {
      // Somebody reads: the next one does it.
    }
  }
  const refused = (error: unknown) => {
    const { message, mend } = storeError(error, store.file)
    return new RejectedError(`It was not accepted: ${message}`, {
      code: 'SELFHEAL_SPOOL_FAILED',
      policy: 'spool',
      key: store.file,
      ran: 'no',
      hint: mend,
      cause: error,
    })
  }

  return Object.freeze({
    write: <T>(run: () => T, deadline: number) =>
      new Promise<T>((resolve, reject) => {
        queue.push({ run, resolve: resolve as (value: never) => void, reject, deadline })
        schedule()
      }),
    idle: () => (queue.length === 0 && !scheduled ? Promise.resolve() : new Promise<void>(done => whenIdle.push(done))),
  })
}
