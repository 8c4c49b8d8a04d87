// An uncaught error, told on the link before it ends the process. Node's own behaviour stays as it is: the stack is printed, the exit
// code is 1. The line is written by the main thread itself, because nothing else will run after it.
import { writeSync } from 'node:fs'

const MAX_STACK = 3_000

export function reportUncaught(linkFd: number): void {
  process.on('uncaughtExceptionMonitor', (error: unknown, origin: string) => {
    // With a handler of its own the app goes on living: then this is no exit.
    if (process.listenerCount('uncaughtException') > 0) return
    try {
      writeSync(linkFd, `${JSON.stringify({ v: 1, is: 'retiring', exit: { what: 'uncaught', origin, ...facts(error) } })}\n`)
    } catch {
      // The supervisor is gone, or the link is full: the exit code still tells.
    }
  })
}

function facts(error: unknown): { readonly name: string; readonly message: string; readonly stack?: string } {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error).slice(0, MAX_STACK) }
  return {
    name: error.name,
    message: error.message.slice(0, MAX_STACK),
    ...(error.stack === undefined ? {} : { stack: error.stack.slice(0, MAX_STACK) }),
  }
}
