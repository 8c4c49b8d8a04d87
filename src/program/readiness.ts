// When a life is ready: it listens on what is held, it said so by a line, or it has been alive for a second. Pure but for its one timer.
//
//   listening: every held port is listened on      line: {"v":1,"is":"ready"}      alive: 1 s
//   found out (no `ready` given): held ports → listening for a Node program; else the first of line, listening, alive
import type { Clock } from '../core/index.ts'

export type ReadyWhen = 'listening' | 'line' | 'alive'

const ALIVE_MS = 1_000

export interface Readiness {
  /** What it was ready by. Never rejects; may never settle. */
  readonly ready: Promise<string>
  listening(key: string, held: boolean): void
  said(): void
  /** Held ports that it has not listened on. */
  missing(): readonly string[]
  cancel(): void
}

export function readiness(when: ReadyWhen | undefined, node: boolean, heldKeys: readonly string[], clock: Clock): Readiness {
  const waitsFor = new Set(heldKeys)
  const mode = when ?? (node && heldKeys.length > 0 ? 'listening' : 'any')
  let resolve: (by: string) => void
  const ready = new Promise<string>(r => {
    resolve = r
  })
  const undo = mode === 'alive' || mode === 'any' ? clock.after(ALIVE_MS, () => resolve('alive')) : () => {}
  return Object.freeze({
    ready,
    listening(key: string, held: boolean) {
      waitsFor.delete(key)
      const complete = heldKeys.length === 0 || (held && waitsFor.size === 0)
      if (complete && (mode === 'listening' || mode === 'any')) resolve('listening')
    },
    said() {
      // An explicit word counts for more than what we can see.
      if (mode !== 'alive') resolve('line')
    },
    missing: () => [...waitsFor],
    cancel: undo,
  })
}
