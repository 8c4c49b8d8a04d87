// Faults by signal, for a program in any language: killed, or stopped as a machine that swaps, or a debugger, stops it.
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
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
    },
    undo: ['sh', '-c', 'for p; do kill -s CONT -- "$p"; done', 'undo', ...pids.map(String)],
  })
}
