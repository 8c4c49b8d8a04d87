// Writes to a descriptor without ever blocking the supervisor: one write under way, the rest waits in bounded memory. A reader that is
// too slow, gone, or a full disk costs output, never the supervisor; how much is said when it reads again.
import { write } from 'node:fs'

export interface Writer {
  (text: string): void
  /** Resolves when all is written, or after `ms`. */
  drained(ms: number): Promise<void>
}

const MAX_QUEUED = 1024 * 1024
const RETRY_MS = 50

export function writer(fd: number): Writer {
  let queue: string[] = []
  let queued = 0
  let lost = 0
  let busy = false
  let waiting: (() => void)[] = []

  const pump = () => {
    if (busy) return
    if (queue.length === 0) {
      for (const done of waiting) done()
      waiting = []
      return
    }
    const note = lost > 0 ? `selfheal: ${lost} characters of output were dropped, their reader was too slow\n` : ''
    lost = 0
    const data = Buffer.from(note + queue.join(''))
    queue = []
    queued = 0
    busy = true
    put(data)
  }
  const put = (data: Buffer) => {
    write(fd, data, 0, data.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') return void setTimeout(put, RETRY_MS, data)
      if (!error && written < data.length) return put(data.subarray(written))
      busy = false
      pump()
    })
  }
  const say = (text: string) => {
    if (queued + text.length > MAX_QUEUED) {
      lost += text.length
      return
    }
    queue.push(text)
    queued += text.length
    pump()
  }
  return Object.assign(say, {
    drained: (ms: number) =>
      new Promise<void>(resolve => {
        if (!busy && queue.length === 0) return resolve()
        waiting.push(resolve)
        setTimeout(resolve, ms).unref()
      }),
  })
}
