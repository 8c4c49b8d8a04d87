// The end of a life's process group, and signals to all of it.
import type { ChildProcess } from 'node:child_process'
import type { Clock } from '../core/index.ts'

const OUTPUT_AFTER_EXIT_MS = 300

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
}

/** `atExit` is called when its leader ends; resolves when its output is read, too. Nothing of its group is left then. */
export function gone(child: ChildProcess, clock: Clock, atExit: () => void): Promise<Ended> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => {
      signalGroup(child.pid!, 'SIGKILL')
      atExit()
      // What it wrote last is still in the pipe; a grandchild that escaped may hold the pipe open for ever.
      const done = () => {
        undo()
        resolve({ code, signal })
      }
      const undo = clock.after(OUTPUT_AFTER_EXIT_MS, done)
      child.once('close', done)
    })
  })
}

/** True, also where nobody of the group is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): true {
  try {
    process.kill(-pid, signal)
  } catch {
    // Gone already.
  }
  return true
}
