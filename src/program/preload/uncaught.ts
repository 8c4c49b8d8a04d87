// An error that nobody caught. While this program serves, it costs one request: that one gets its 500, the life takes no new work, finishes
// the rest and is replaced. One order: the request it belongs to, else the component, else the process. A program that serves nobody, or
// has not begun to, ends as Node ends it; one with a handler of its own keeps it.
import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { giveStray, type Json } from '../../core/index.ts'
import type { Report } from '../link.ts'
import { blamed } from './blame.ts'
import type { Scope } from './request-scope.ts'

const MAX_STACK = 3_000
/** A life that throws all the time while it drains must not flood anybody; one that stays for so many errors has had enough. */
const MAX_TOLD = 50

export interface Uncaught {
  readonly linkFd: number
  /** Somebody may be waiting for an answer of ours. */
  serves(): boolean
  /** Told each: take no new work, finish the old. */
  retire(exit: Json): void
  /** Routes for which a new life is no help: it is told, and stays. */
  poison(): readonly string[]
  stay(exit: Json): void
  /** Broken off when nothing but such is left: its answer has begun, and whether the error is its own is not sure. */
  suspect(scope: Scope): void
}

/** Must be the last to wrap process.emit: Node asks it whether anybody takes the error. */
export function catchUncaught({ linkFd, serves, retire, poison, stay, suspect }: Uncaught): void {
  const emit = process.emit as (...args: unknown[]) => boolean
  let retired = false
  let told = 0

  const take = (error: unknown, origin: unknown): boolean => {
    const { scope, sure, owner } = blamed(error)
    if (!retired && !serves()) {
      if (scope === undefined && owner !== undefined && giveStray(error, owner)) return true
      tellNow(linkFd, { v: 1, is: 'retiring', exit: { what: 'uncaught', origin: String(origin), ...facts(error) } })
      if (!isPortTaken(error)) return false
      // Who has it the supervisor tells next: Node's 25 lines would only hide that. Else it ends as Node would end it.
      writeLine(`Uncaught ${error.message}`)
      process.exit(1)
    }
    const answered = answer(scope, sure, error, suspect)
    if (answered === 'none' && owner !== undefined && giveStray(error, owner)) return true
    if (told++ >= MAX_TOLD && retired) return true
    print(error)
    const route = scope?.route
    const exit = {
      what: 'uncaught',
      origin: String(origin),
      ...facts(error),
      answered,
      ...(route === undefined ? {} : { route }),
    }
    if (!retired && told <= MAX_TOLD && answered === '500' && route !== undefined && poison().includes(route)) {
      stay({ ...exit, stays: true })
      return true
    }
    retired = true
    retire({ ...exit, drains: true })
    return true
  }

  process.emit = function (this: unknown, ...args: unknown[]) {
    if (args[0] === 'uncaughtException' && process.listenerCount('uncaughtException') === 0) return take(args[1], args[2])
    return Reflect.apply(emit, this, args)
  } as typeof process.emit
}

type Answered = '500' | 'cut' | 'none'

/** What the request got. One whose answer is complete is not to blame, and not harmed. */
function answer(scope: Scope | undefined, sure: boolean, error: unknown, suspect: (scope: Scope) => void): Answered {
  if (scope === undefined) return 'none'
  try {
    // A frame of another's making: it has a way to fail, and no more.
    if (scope.open === undefined || scope.unanswered) {
      scope.fail(error)
      return '500'
    }
    if (!scope.open) return 'none'
    if (!sure) {
      suspect(scope)
      return 'none'
    }
    scope.fail(error)
    return 'cut'
  } catch {
    return 'none'
  }
}

function isPortTaken(error: unknown): error is Error {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  return error instanceof Error && code === 'EADDRINUSE' && syscall === 'listen'
}

/** As Node prints it before it ends. */
const print = (error: unknown) => writeLine(`Uncaught ${inspect(error)}`)

function writeLine(text: string): void {
  try {
    writeSync(2, `${text}\n`)
  } catch {
    // Nobody reads: the journal has it.
  }
}

/** A report from the main thread itself, when nothing else may run after it: the watchdog may not even be up yet. */
export function tellNow(linkFd: number, report: Report): void {
  try {
    writeSync(linkFd, `${JSON.stringify(report)}\n`)
  } catch {
    // The supervisor is gone, or the link is full: the exit code still tells.
  }
}

function facts(error: unknown): {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly event?: string
} {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error).slice(0, MAX_STACK) }
  return {
    name: error.name,
    message: error.message.slice(0, MAX_STACK),
    ...(error.stack === undefined ? {} : { stack: error.stack.slice(0, MAX_STACK) }),
    // Thrown by the app's own tree, which has told of it already.
    ...('event' in error && typeof error.event === 'string' ? { event: error.event } : {}),
  }
}
