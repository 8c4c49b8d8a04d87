// thisLife(): inside a supervised worker thread, its own life. Undefined anywhere else.
import type { Life } from './component.ts'

export interface ThreadLife extends Omit<Life, 'because'> {
  /** With `ready: 'told'`: it is ready now. */
  ready(): void
}

const KEY = Symbol.for('selfheal.thread-life.1')
const shared = globalThis as { [KEY]?: { readonly life: ThreadLife; listen: (() => void) | undefined } }

/** Who calls it takes the signal: it is asked to stop, and given its time, instead of being terminated at once. */
export function thisLife(): ThreadLife | undefined {
  const mine = shared[KEY]
  mine?.listen?.()
  if (mine !== undefined) mine.listen = undefined
  return mine?.life
}

export function setThisLife(life: ThreadLife, listen: () => void): void {
  shared[KEY] = { life, listen }
}
