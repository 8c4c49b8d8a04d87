// A life's output: passed on line by line with its mark, its last lines kept for the report. Memory stays bounded whatever the program
// writes: a line is cut at 8 KiB into pieces, the tail holds 40 lines, and a reader that is too slow costs lines, never the program.
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Gets whole lines. `stream`: 0 is what it wrote to stdout, 1 to stderr. */
export type Sink = (text: string, stream: number) => void

const MAX_LINE = 8 * 1024
const TAIL_LINES = 40
const TAIL_CHARS = 8 * 1024

export interface Output {
  /** The last lines, joined. */
  tail(): string
  /** Passes on what has no newline yet. */
  flush(): void
}

/** Reads `streams` to their end, giving `sink` whole lines that begin with `mark`. */
export function readOutput(streams: readonly Readable[], mark: () => string, sink: Sink): Output {
  const lines: string[] = []
  let chars = 0
  const keep = (line: string) => {
    lines.push(line)
    chars += line.length
    while (lines.length > TAIL_LINES || (chars > TAIL_CHARS && lines.length > 1)) chars -= lines.shift()!.length
  }
  const flushes = streams.map((stream, index) => {
    const decoder = new StringDecoder('utf8')
    let rest = ''
    const take = (text: string) => {
      const pieces = (rest + text).split('\n')
      rest = pieces.pop()!
      while (rest.length > MAX_LINE) {
        pieces.push(rest.slice(0, MAX_LINE))
        rest = rest.slice(MAX_LINE)
      }
      if (pieces.length === 0) return
      for (const piece of pieces.slice(-TAIL_LINES)) keep(piece.length > MAX_LINE ? piece.slice(0, MAX_LINE) : piece)
      const begins = mark()
      sink(pieces.map(piece => `${begins}${piece}\n`).join(''), index)
    }
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => take(decoder.write(chunk)))
    return () => {
      if (rest === '') return
      take('\n')
    }
  })
  return Object.freeze({
    tail: () => lines.join('\n'),
    flush() {
      for (const flush of flushes) flush()
    },
  })
}
