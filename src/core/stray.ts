// Stray errors: thrown by code whose caller is gone, so that nobody catches them. One order for everyone who hears of one: the request it
// belongs to, else the component, else the process. This is where those meet who catch (a program's preload) and who own (supervisors).
import type { Undo } from './clock.ts'

/** Told the error and the frame's `owner`. True: it is mine, I have dealt with it. */
export type TakeStray = (error: unknown, owner: string) => boolean

const KEY = Symbol.for('selfheal.stray.1')
const shared = globalThis as { [KEY]?: Set<TakeStray> }
shared[KEY] ??= new Set()
const takers = shared[KEY]

/** `take` is asked about stray errors of components, also by another copy of this package. */
export function onStray(take: TakeStray): Undo {
  const own: TakeStray = (error, owner) => take(error, owner)
  takers.add(own)
  return () => void takers.delete(own)
}

/** Gives it to its component. False: nobody has one of that path. A taker that throws has not taken it. */
export function giveStray(error: unknown, owner: string): boolean {
  for (const take of takers) {
    try {
      if (take(error, owner)) return true
    } catch {
      // The next may know it.
    }
  }
  return false
}
