// From an error to one clear line, its mend, and the exit code. The codes are versioned API.
//
//   0 done · 1 the verdict is no · 2 usage or configuration · 3 the machine forbids it · 4 nothing runs here · 5 runs already · 70 our bug
import { isConfigError, SelfhealError } from '../core/index.ts'

export interface Failure {
  readonly exit: number
  readonly code: string
  readonly message: string
  readonly mend: string
}

const EXIT: Readonly<Record<string, number>> = {
  SELFHEAL_NO: 1,
  SELFHEAL_ENDED_AT_ONCE: 1,
  SELFHEAL_RELOAD_REFUSED: 1,
  SELFHEAL_RELOADING: 1,
  SELFHEAL_NOT_STARTED: 1,
  SELFHEAL_STARTING: 1,
  SELFHEAL_PROGRAM_UNKNOWN: 2,
  SELFHEAL_USAGE: 2,
  SELFHEAL_CONFIG: 2,
  SELFHEAL_CONFIG_MISSING: 2,
  SELFHEAL_CONFIG_UNREADABLE: 2,
  SELFHEAL_COMMAND_NOT_FOUND: 2,
  SELFHEAL_SCRIPT_NOT_FOUND: 2,
  SELFHEAL_PORT_BAD: 2,
  SELFHEAL_METRICS_ADDRESS: 2,
  SELFHEAL_METRICS_TOKEN: 2,
  SELFHEAL_STATE_FOREIGN: 2,
  SELFHEAL_PART_UNKNOWN: 2,
  SELFHEAL_VERB_UNKNOWN: 2,
  SELFHEAL_SPOOL_NOT_DEAD: 2,
  SELFHEAL_NOTHING_RUNS: 4,
  SELFHEAL_RUNS_ALREADY: 5,
}

export function failureOf(error: unknown): Failure {
  if (isConfigError(error)) {
    const faults = error.faults.map(fault => `\n  ${fault.at} ${fault.says}`).join('')
    return {
      exit: 2,
      code: error.code,
      message: `${error.message.split(': ')[0]} has ${error.faults.length === 1 ? 'a fault' : `${error.faults.length} faults`}:${faults}`,
      mend: 'Mend these lines and try again.',
    }
  }
  const known = findSelfheal(error)
  if (known !== undefined) return { exit: EXIT[known.code] ?? 3, code: known.code, message: known.message, mend: known.mend }
  const says = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { exit: 70, code: 'SELFHEAL_BUG', message: `this is our bug: ${says}`, mend: 'Please report it with these lines.' }
}

/** A supervisor's refusal has the child's own error as its cause. */
function findSelfheal(error: unknown): SelfhealError | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) if (e instanceof SelfhealError) return e
  return undefined
}

export function usage(message: string, mend: string): SelfhealError {
  return new SelfhealError('SELFHEAL_USAGE', message, mend)
}
