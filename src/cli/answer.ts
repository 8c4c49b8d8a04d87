// How a command answers: data on stdout, talk on stderr; with --json one object of one shape.
import type { Json } from '../core/index.ts'
import { failureOf } from './failure.ts'

export interface AnswerOptions {
  readonly json?: boolean
}

/** Runs a command's work and prints what came of it. `text` makes the page for people; nothing printed when it gives ''. */
export async function answer<T>(
  { json = false }: AnswerOptions,
  work: () => Promise<T>,
  text: (data: T) => string,
): Promise<void> {
  try {
    const data = await work()
    const out = json ? JSON.stringify({ v: 1, ok: true, data: data as Json }) : text(data)
    if (out !== '') process.stdout.write(`${out}\n`)
  } catch (error) {
    fail(error, json)
  }
}

/** Prints the failure and sets the exit code; the process ends when nothing is left to do. */
export function fail(error: unknown, json = false): void {
  const { exit, code, message, mend } = failureOf(error)
  if (json) process.stdout.write(`${JSON.stringify({ v: 1, ok: false, error: { code, message, mend } })}\n`)
  else process.stderr.write(`selfheal: ${message}\n  ${mend}\n`)
  process.exitCode = exit
}
