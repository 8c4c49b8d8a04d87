// The port that a life was refused because another process has it. An app that goes on all the same serves nobody and looks well (Express 5
// hands the error to the callback of listen): said when nothing of it listens a moment later.
import type { Clock } from '../core/index.ts'

/** Some apps take the next port, or try again. */
const GRACE_MS = 1_000

export interface RefusedPort {
  refused(key: string): void
  listening(): void
  /** undefined: none, or it listens by now. */
  readonly key: string | undefined
  cancel(): void
}

export function refusedPort(clock: Clock, tell: (key: string) => void): RefusedPort {
  let key: string | undefined
  let listens = false
  let undo = () => {}
  return Object.freeze({
    refused(now: string) {
      if (key === undefined && !listens) undo = clock.after(GRACE_MS, () => key !== undefined && tell(key))
      key = now
    },
    listening() {
      listens = true
      key = undefined
      undo()
    },
    get key() {
      return key
    },
    cancel: () => undo(),
  })
}
