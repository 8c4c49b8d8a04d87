// Why a life never became ready, in words: what it did instead, what it said last, what to do.
import { SelfhealError } from '../core/index.ts'
import type { Exit } from '../supervisor/index.ts'
import { parseAddress } from './address.ts'
import type { Command } from './command.ts'
import { holdPort, taken } from './held-port.ts'
import { lastWords } from './last-words.ts'

export interface Failure {
  readonly command: Command
  readonly exit: Exit | undefined
  readonly tail: string
  readonly greeted: boolean
  readonly ports: readonly string[]
  /** That it listens on a port which is not held, and what to do. */
  readonly elsewhere?: string | undefined
}

/** What an older Node says of our preload. */
const NODE_TOO_OLD = /(SyntaxError|ERR_\w+).*\/program\/preload\/|--import.*not allowed in NODE_OPTIONS/s

/** Rejects with SELFHEAL_PORT_TAKEN, naming who has it, when what the program was refused is another's still. */
export async function refuseTaken(port: string | undefined): Promise<void> {
  if (port === undefined || port.includes('#')) return
  const held = await holdPort(parseAddress(port))
  held.close()
}

/** Who has it and what to do, for a program that lives on without it. Never throws. */
export function sayTaken(port: string): string {
  try {
    const { message, mend } = taken(parseAddress(port))
    return `${message} ${mend}`
  } catch {
    // A path that is none of ours to read.
    return `${port} is taken.`
  }
}

/**
 * Its `cause` is the Exit. Codes: SELFHEAL_ENDED_AT_ONCE (it ended with 0), SELFHEAL_NODE_TOO_OLD, SELFHEAL_CRASHED_AT_START,
 * SELFHEAL_NOT_READY.
 */
export function startFailed(how: 'late' | 'ended', { command, exit, tail, greeted, ports, elsewhere }: Failure): SelfhealError {
  const said =
    tail.trim() === ''
      ? ''
      : `\n  its last output:\n${lastWords(tail)
          .map(line => `    ${line}`)
          .join('\n')}`
  if (how === 'ended' && exit?.reason === 'normal')
    return new SelfhealError(
      'SELFHEAL_ENDED_AT_ONCE',
      `'${command.says}' ended with 0 before it was ready: there is nothing to keep running.${said}`,
      'Give the command that serves, not one that builds or daemonizes.',
      exit,
    )
  if (how === 'ended' && command.node && !greeted && NODE_TOO_OLD.test(tail))
    return new SelfhealError(
      'SELFHEAL_NODE_TOO_OLD',
      `'${command.says}' runs under a Node that is too old for selfheal's preload${versionIn(tail)}.`,
      `Put Node 22.19 or newer first on its PATH, or name this one: ${process.execPath}`,
      exit,
    )
  if (how === 'ended')
    return new SelfhealError(
      'SELFHEAL_CRASHED_AT_START',
      `'${command.says}' ended before it was ready (${endOf(exit)}).${said}`,
      'Its own words above say why; run it without selfheal to see all of them.',
      exit,
    )
  if (elsewhere !== undefined)
    return new SelfhealError(
      'SELFHEAL_NOT_READY',
      `'${command.says}' ${elsewhere}.${said}`,
      'Each new try reads .env anew: selfheal status shows when it is well.',
    )
  const listens = ports.length > 0 ? `did not listen on ${ports.join(', ')} in time` : 'was not ready in time'
  const mend =
    command.node && !greeted && ports.length > 0
      ? 'No Node process of it opened the link: something between (npx, a daemon) closed it. Run node itself: selfheal run node server.js'
      : ports.length > 0
        ? 'Does it listen on $PORT, or on another port? Name that one with --port. A slow boot needs startWithin.'
        : 'Does it take longer to boot? Set startWithin.'
  return new SelfhealError('SELFHEAL_NOT_READY', `'${command.says}' ${listens}.${said}`, mend)
}

const versionIn = (tail: string) => {
  const version = /^Node\.js v(\S+)$/m.exec(tail)?.[1]
  return version === undefined ? '' : ` (it is ${version})`
}

function endOf(exit: Exit | undefined): string {
  if (exit?.what === 'uncaught') return `uncaught error: ${(exit.info as { message?: string } | undefined)?.message ?? '?'}`
  return exit?.signal !== undefined ? `killed by ${exit.signal}` : `exit code ${exit?.code ?? '?'}`
}
