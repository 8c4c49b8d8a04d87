// An error as a message between threads, and back.
import { SelfhealError } from '../core/index.ts'
import type { Said } from './writer-messages.ts'

export function saidOf(error: unknown): Said {
  if (error instanceof SelfhealError) return { code: error.code, message: error.message, mend: error.mend }
  return {
    code: 'SELFHEAL_JOURNAL_FAILED',
    message: `The journal's writer failed: ${error instanceof Error ? error.message : String(error)}`,
    mend: 'Please report it.',
  }
}

export const toError = ({ code, message, mend }: Said) => new SelfhealError(code, message, mend)
