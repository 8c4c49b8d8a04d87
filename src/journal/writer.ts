// The writer: a worker thread that alone has the journal's file open for writing. Answers each message, also with a failure; what to do
// about one is journal's to decide. Between batches it forgets what is old and moves the log into the file.
import { parentPort, workerData } from 'node:worker_threads'
import { fileKeeper } from './file-keeper.ts'
import { prune } from './prune.ts'
import { readEntries, readWhy, writeLines } from './record.ts'
import { saidOf } from './said.ts'
import type { FromWriter, ToWriter, WriterData } from './writer-messages.ts'

const { file, keep } = workerData as WriterData
const keeper = fileKeeper(file)
const TIDY_EVERY_LINES = 1_000
let untidy = TIDY_EVERY_LINES

parentPort?.on('message', (message: ToWriter) => {
  try {
    const value = answer(message)
    const moved = keeper.setAside()
    parentPort?.postMessage({
      is: 'done',
      n: message.n,
      value,
      ...(moved === undefined ? {} : { setAside: moved }),
    } satisfies FromWriter)
  } catch (error) {
    parentPort?.postMessage({ is: 'failed', n: message.n, error: saidOf(error) } satisfies FromWriter)
  }
})

function answer(message: ToWriter): unknown {
  switch (message.is) {
    case 'write':
      keeper.use(store => writeLines(store, message.lines))
      untidy += message.lines.length
      if (untidy >= TIDY_EVERY_LINES) tidy(message.wall)
      return message.lines.length
    case 'query':
      return keeper.use(({ db }) => readEntries(db, message.query))
    case 'why':
      return keeper.use(({ db }) => readWhy(db, message.id))
    case 'close':
      // The last to close a file moves its log into it.
      keeper.close()
      parentPort?.close()
      return true
  }
}

/** Its failure is no failure of the write before it: the next time tries again. */
function tidy(wall: number) {
  untidy = 0
  try {
    keeper.use(store => {
      while (prune(store, keep, wall) > 0) store.checkpoint()
      store.checkpoint()
    })
  } catch {
    // A reader may hold the log, or the disk be full.
  }
}
