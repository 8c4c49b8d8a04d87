// What waits to be written, within a bound of number and bytes. When it is full the oldest of the least level goes first: an alarm is
// the last to be lost. Counts what is lost. Pure: no clock, no IO.
import type { Line } from './line.ts'

interface Waiting {
  readonly seq: number
  readonly line: Line
}

export interface Backlog {
  push(line: Line): void
  /** The `most` oldest, in order; they leave the backlog. */
  take(most: number): Line[]
  size(): number
  /** Lost since the start. */
  dropped(): number
}

const LEVEL_COUNT = 4
/** What a line costs beside its data. */
const LINE_BYTES = 300

export function backlog({ maxLines, maxBytes }: { readonly maxLines: number; readonly maxBytes: number }): Backlog {
  const queues = Array.from({ length: LEVEL_COUNT }, () => fifo<Waiting>())
  let seq = 0
  let lines = 0
  let bytes = 0
  let dropped = 0

  const leave = ({ line }: Waiting) => {
    lines--
    bytes -= cost(line)
    return line
  }
  const oldest = () => {
    let best = queues[0]!
    for (const queue of queues)
      if ((queue.peek()?.seq ?? Number.POSITIVE_INFINITY) < (best.peek()?.seq ?? Number.POSITIVE_INFINITY)) best = queue
    return best
  }
  return Object.freeze({
    push(line: Line) {
      queues[line.level]!.push({ seq: seq++, line })
      lines++
      bytes += cost(line)
      while (lines > maxLines || (bytes > maxBytes && lines > 1)) {
        leave(queues.find(queue => queue.peek() !== undefined)!.shift()!)
        dropped++
      }
    },
    take(most: number) {
      const taken: Line[] = []
      while (taken.length < most && lines > 0) taken.push(leave(oldest().shift()!))
      return taken
    },
    size: () => lines,
    dropped: () => dropped,
  })
}

const cost = (line: Line) => LINE_BYTES + 2 * line.data.length

/** First in, first out, each in constant time on the average. */
function fifo<T>() {
  let items: (T | undefined)[] = []
  let head = 0
  return {
    push: (item: T) => void items.push(item),
    peek: () => items[head],
    shift(): T | undefined {
      const item = items[head]
      if (head < items.length) items[head++] = undefined
      if (head > 1_000 && head * 2 > items.length) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
  }
}
