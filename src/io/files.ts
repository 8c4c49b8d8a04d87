// files: node:fs with a deadline. The kernel can't be told to give an answer up, so what is cut goes on holding one of Node's few file
// threads until it is answered: so many at once and no more, or a disk that hangs would stall name look-ups and all else with it.
import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Clock, systemClock } from '../core/index.ts'
import { cut, noTimeLeft, stalled } from './errors.ts'
import { timeFor, type Within } from './time.ts'

export interface FilesOptions {
  /** For one operation. Default 5 s. */
  readonly timeoutMs?: number
  /** Operations that may be unanswered past their time before new ones are refused. Default: the threads Node has for them, less one. */
  readonly stuck?: number
  readonly clock?: Clock
}

export interface Files {
  read(path: string, within?: Within): Promise<Buffer>
  /** UTF-8. */
  readText(path: string, within?: Within): Promise<string>
  /** All of it or nothing: beside it, to the disk, then over it. */
  write(path: string, data: string | Uint8Array, within?: Within): Promise<void>
  list(path: string, within?: Within): Promise<string[]>
  remove(path: string, within?: Within): Promise<void>
  /** Any other operation of node:fs/promises, under the same rules. It must read no file of its own once `signal` has aborted. */
  run<T>(says: string, work: (signal: AbortSignal) => Promise<T>, within?: Within): Promise<T>
  /** Operations past their time that the system has not answered yet. */
  stuck(): number
}

const HINT = 'The disk or network file system is slow; the system was not told to stop, because it can’t be.'
let turn = 0

export function files({ timeoutMs = 5_000, stuck: most = threadsForFiles() - 1, clock = systemClock }: FilesOptions = {}): Files {
  let stuck = 0

  async function run<T>(says: string, work: (signal: AbortSignal) => Promise<T>, within: Within = {}): Promise<T> {
    const { signal } = within
    signal?.throwIfAborted()
    const ms = timeFor(within, timeoutMs, clock)
    if (ms <= 0) throw noTimeLeft('files', says)
    if (stuck >= most) throw stalled(says, stuck)
    const controller = new AbortController()
    const doing = work(controller.signal)
    let over = false
    return new Promise<T>((resolve, reject) => {
      const giveUp = (error: unknown) => {
        if (over) return
        settled()
        stuck++
        const answered = () => void stuck--
        doing.then(answered, answered)
        controller.abort(error)
        reject(error)
      }
      const abort = () => giveUp(signal!.reason)
      const undo = clock.after(ms, () => giveUp(cut('files', says, ms, HINT)))
      signal?.addEventListener('abort', abort, { once: true })
      const settled = () => {
        over = true
        undo()
        signal?.removeEventListener('abort', abort)
      }
      doing.then(
        value => {
          if (over) return
          settled()
          resolve(value)
        },
        error => {
          if (over) return
          settled()
          reject(error)
        },
      )
    })
  }

  return Object.freeze({
    run,
    read: (path: string, within?: Within) => run(`reading ${path}`, signal => fs.readFile(path, { signal }), within),
    readText: (path: string, within?: Within) =>
      run(`reading ${path}`, signal => fs.readFile(path, { signal, encoding: 'utf8' }), within),
    write: (path: string, data: string | Uint8Array, within?: Within) =>
      run(`writing ${path}`, signal => replaceFile(path, data, signal), within),
    list: (path: string, within?: Within) => run(`listing ${path}`, () => fs.readdir(path), within),
    remove: (path: string, within?: Within) => run(`removing ${path}`, () => fs.rm(path, { force: true }), within),
    stuck: () => stuck,
  })
}

async function replaceFile(path: string, data: string | Uint8Array, signal: AbortSignal): Promise<void> {
  const beside = `${path}.${process.pid}.${++turn}.new`
  try {
    const file = await fs.open(beside, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o666)
    try {
      await file.writeFile(data, { signal })
      await file.datasync()
    } finally {
      await file.close()
    }
    signal.throwIfAborted()
    await fs.rename(beside, path)
  } catch (error) {
    await fs.rm(beside, { force: true }).catch(() => {})
    throw error
  }
  const folder = await fs.open(dirname(path), constants.O_RDONLY)
  await folder.sync().catch(() => {})
  await folder.close()
}

/** UV_THREADPOOL_SIZE, as libuv reads it. */
function threadsForFiles(): number {
  const asked = Number.parseInt(process.env['UV_THREADPOOL_SIZE'] ?? '4', 10)
  return Math.min(1024, Math.max(2, Number.isNaN(asked) ? 4 : asked))
}
