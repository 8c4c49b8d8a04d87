// What the programs said last, kept in bounded memory: `selfheal logs` asks for it. Lines have a number, so that who follows asks for what
// came after the last he has.
import type { Sink } from '../program/index.ts'

export interface LogLine {
  readonly n: number
  readonly program: string
  /** With its mark. */
  readonly text: string
  readonly wall: number
  readonly error: boolean
}
export interface Logs {
  /** Passes on to the run's own output, and keeps. */
  sink(program: string): Sink
  /** Of these programs, or of all when none is named: the newest, oldest first. */
  read(query: { readonly programs?: readonly string[]; readonly lines?: number; readonly after?: number }): readonly LogLine[]
}

const MAX_LINES = 5_000
const MAX_CHARS = 1024 * 1024
const MAX_TEXT = 2_000

export function logs(output: Sink): Logs {
  let kept: LogLine[] = []
  let chars = 0
  let last = 0
  const add = (program: string, text: string, error: boolean) => {
    const own = copyOf(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text)
    kept.push({ n: ++last, program, text: own, wall: Date.now(), error })
    chars += own.length
    if (kept.length <= MAX_LINES && chars <= MAX_CHARS) return
    // Seldom, and a quarter at a time: moving the rest for each line would be dear.
    kept = kept.slice(Math.ceil(kept.length / 4))
    chars = kept.reduce((sum, line) => sum + line.text.length, 0)
  }
  return Object.freeze({
    sink:
      (program: string): Sink =>
      (text, stream) => {
        output(text, stream)
        const lines = text.split('\n')
        if (lines.at(-1) === '') lines.pop()
        for (const line of lines.slice(-MAX_LINES)) add(program, line, stream === 1)
      },
    read({ programs = [], lines = 100, after = 0 }: Parameters<Logs['read']>[0]) {
      const wanted = kept.filter(line => line.n > after && (programs.length === 0 || programs.includes(line.program)))
      return wanted.slice(-lines)
    },
  })
}

/** A part of a text holds on to the whole of it, as V8 has it: a kept line would keep all that was read with it. */
function copyOf(text: string): string {
  return Buffer.from(text).toString()
}
