// What a test run prints: a dot a test, then skips by name, failures in full, the slowest tests, and last the closing lines of node's
// own runner. A test file that holds no test is a failure. A suite's own name is no test: only what went wrong in it is told.
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

interface Ended {
  readonly name: string
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly nesting: number
  readonly skip?: string | boolean | undefined
  readonly todo?: string | boolean | undefined
  readonly details: {
    readonly duration_ms: number
    readonly type?: string | undefined
    readonly error?: Error & { cause?: unknown; failureType?: string }
  }
}

const place = ({ file, line }: Ended) =>
  file === undefined ? '' : `${relative(process.cwd(), file)}${line === undefined ? '' : `:${line}`}`
const why = ({ details: { error } }: Ended) => {
  const cause = error?.cause ?? error
  const says = !(cause instanceof Error)
    ? typeof cause === 'string'
      ? cause
      : inspect(cause)
    : cause.name === 'AssertionError'
      ? String(cause.stack)
      : inspect(cause)
  return says.replace(/\n *at .*\(?node:.*/g, '').replace(/^/gm, '    ')
}

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failed: Ended[] = []
  const skipped: Ended[] = []
  const slow: Ended[] = []
  const talk = new Map<string, string>()
  const closing: string[] = []
  let dots = 0
  const mark = (sign: string) => (++dots % 100 === 0 ? `${sign}\n` : sign)

  for await (const { type, data } of source as AsyncIterable<{ type: string; data: unknown }>) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      const { file, message } = data as { file: string; message: string }
      talk.set(file, (talk.get(file) ?? '') + message)
    } else if (type === 'test:diagnostic') {
      const { message, nesting, file } = data as { message: string; nesting: number; file?: string }
      if (nesting === 0 && file === undefined) closing.push(message)
    } else if (type === 'test:pass') {
      const test = data as Ended
      if (test.details.type === 'suite') continue
      if (test.skip !== undefined && test.skip !== false) {
        skipped.push(test)
        yield mark('s')
      } else if (test.name.endsWith('.test.ts') && test.nesting === 0) {
        process.exitCode = 1
        failed.push({ ...test, details: { ...test.details, error: new Error('this file holds no test') } })
        yield mark('X')
      } else {
        slow.push(test)
        yield mark('.')
      }
    } else if (type === 'test:fail') {
      const test = data as Ended
      if (test.details.error?.failureType === 'subtestsFailed') continue
      failed.push(test)
      yield mark('X')
    }
  }

  yield '\n'
  for (const test of skipped)
    yield `\nskipped: ${test.name} (${place(test)})${typeof test.skip === 'string' ? `: ${test.skip}` : ''}`
  if (skipped.length > 0) yield '\n'
  for (const test of failed) yield `\n✖ ${test.name} (${place(test)})\n${why(test)}\n`
  const theirs = [...talk].filter(([file]) => failed.some(test => test.file === file))
  for (const [file, text] of theirs.length > 0 || failed.length === 0 ? theirs : talk)
    yield `\noutput of ${relative(process.cwd(), file)}:\n${tail(text)}\n`
  const slowest = slow
    .filter(test => test.details.duration_ms > 2_000)
    .sort((a, b) => b.details.duration_ms - a.details.duration_ms)
  for (const test of slowest.slice(0, 5))
    yield `\nslow: ${(test.details.duration_ms / 1_000).toFixed(1)} s ${test.name} (${place(test)})`
  yield `\n${closing.map(line => `ℹ ${line}`).join('\n')}\n`
}

const tail = (text: string) => (text.length > 4_000 ? `…${text.slice(-4_000)}` : text).replace(/^/gm, '    ').trimEnd()
