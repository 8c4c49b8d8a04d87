// A life that listens on a port which is not held, while one that is held has nobody: its callers wait for an answer that does not come.
// Said as soon as it is plain that it will not listen there as well. For ports that were handed up: named ones have words of their own.
import type { Clock } from '../core/index.ts'

/** A program of several ports opens them one after the other. */
const GRACE_MS = 700

export interface Elsewhere {
  listening(key: string, held: boolean): void
  /** "listens on 3388, but port 3377 is held: put PORT back …"; undefined: it does not. */
  says(): string | undefined
  cancel(): void
}

export function watchElsewhere(
  clock: Clock,
  missing: () => readonly string[],
  tell: (port: string, says: string) => void,
): Elsewhere {
  let port: string | undefined
  let undo = () => {}
  const says = () => {
    const [first] = missing()
    return port === undefined || first === undefined ? undefined : elsewhere(port, first)
  }
  return Object.freeze({
    listening(key: string, held: boolean) {
      if (held || port !== undefined) return
      port = key
      undo = clock.after(GRACE_MS, () => {
        const words = says()
        if (words !== undefined) tell(key, words)
      })
    },
    says,
    cancel: () => undo(),
  })
}

function elsewhere(port: string, held: string): string {
  const [here, there] = [short(port), short(held)]
  const plain = /^\d+$/
  const mend = plain.test(here) && plain.test(there) ? `put PORT back to ${there}` : `let it listen on ${there} again`
  return `listens on ${here}, but port ${there} is held: ${mend}, or stop selfheal and run it again`
}

/** '[::]:3000' is 3000 to a person; one interface is named. */
const short = (key: string) => key.replace(/^\[::\]:(?=\d+$)/, '')
