// Target: the one program a drill asks and breaks. Two kinds stand beside this: supervised.ts, as it runs here, and control-arm.ts, the
// same program bare.
import type { Undo } from '../../core/index.ts'

/** The life that serves. */
export interface Serving {
  readonly pid: number
  readonly generation: number
}

export interface Target {
  readonly arm: 'supervised' | 'control'
  /** 'marketplace/app'. */
  readonly name: string
  readonly url: string
  /** Who is ready just now; undefined: nobody. Must not reject. */
  serving(): Promise<Serving | undefined>
  /** Tells of every exit that somebody noticed, with the wall time at which it was. */
  onExit(fn: (pid: number, wall: number) => void): Undo
  /** Ends the life as the fault says. Throws when it is not the target's own. */
  signal(life: Serving, signal: NodeJS.Signals): void
  /** Lets go of all it holds, and ends all it started. */
  close(): Promise<void>
}
