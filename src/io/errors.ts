// What guarded IO refuses and cuts. The system's own errors pass through untouched.
import { RejectedError } from '../core/index.ts'

/** It ran, and its time was up: a process group was ended; a file operation goes on in the kernel until it is answered. */
export function cut(policy: string, key: string, ms: number, hint: string): RejectedError {
  return new RejectedError(`${key} was given up after ${Math.round(ms)} ms`, {
    code: 'SELFHEAL_IO_TIMEOUT',
    policy,
    key,
    ran: 'maybe',
    remainingMs: 0,
    hint,
  })
}

export function noTimeLeft(policy: string, key: string): RejectedError {
  return new RejectedError(`${key} was not begun: its deadline has passed`, {
    code: 'SELFHEAL_IO_NO_TIME',
    policy,
    key,
    ran: 'no',
    remainingMs: 0,
    hint: 'What came before it took all the time: see the deadline of the request.',
  })
}

export function stalled(key: string, open: number): RejectedError {
  return new RejectedError(`${key} was not begun: ${open} file operations have not been answered`, {
    code: 'SELFHEAL_IO_STALLED',
    policy: 'files',
    key,
    ran: 'no',
    retryAfterMs: 1_000,
    hint: 'The disk or a network file system does not answer. Node has 4 threads for files and name look-ups: one is left for the others.',
  })
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const FAILED = Symbol.for('selfheal.command-failed.1')

/** The command ran, and ended badly. */
export class CommandError extends Error implements Ended {
  override readonly name = 'CommandError'
  readonly code!: number | null
  readonly signal!: NodeJS.Signals | null
  readonly stdout!: string
  readonly stderr!: string
  constructor(command: string, ended: Ended) {
    const last = ended.stderr.trim().split('\n').at(-1)
    super(`${command} ended with ${ended.signal ?? `exit code ${ended.code}`}${last ? `: ${last.slice(0, 300)}` : ''}`)
    Object.assign(this, ended)
    Object.defineProperty(this, FAILED, { value: true })
  }
}

export function isCommandError(error: unknown): error is CommandError {
  return typeof error === 'object' && error !== null && FAILED in error
}
