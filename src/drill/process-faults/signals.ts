// Faults by signal, for a program in any language: killed, or stopped as a machine that swaps, or a debugger, stops it.
import { SelfhealError } from '../../core/index.ts'
import type { Heal } from '../in-force.ts'
import { guarded } from './guardian.ts'

/** kill -9: no word to say, nothing to finish. There is nothing to heal: that is the supervisor's part. */
export function kill(pid: number): void {
  process.kill(pid, 'SIGKILL')
}

/** SIGSTOP of these, and SIGCONT after `forMs`. A negative number is a process group. */
export function stop(pids: readonly number[], forMs: number): Promise<Heal> {
  return guarded({
    says: `SIGSTOP of ${pids.join(', ')}`,
    forMs,
    inject: () => {
      // One of many may have ended since they were listed (a backend of a database); if all have, nothing was stopped.
      const stopped = pids.filter(pid => {
        try {
          return process.kill(pid, 'SIGSTOP')
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
          throw error
        }
      })
      if (stopped.length === 0)
        throw new SelfhealError('SELFHEAL_DRILL_FAULT', `No process ${pids.join(', ')} is there to stop.`, 'Drill again.')
    },
    undo: ['sh', '-c', 'for p; do kill -s CONT -- "$p"; done', 'undo', ...pids.map(String)],
  })
}
