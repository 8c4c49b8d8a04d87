// When a life is ready: it listens on what is held, it said so by a line, or, where it is no server, it is up. Pure but for its timers.
//
//   listening: every held port is listened on      line: {"v":1,"is":"ready"}      alive: 1 s
//   found out (no `ready` given): held ports → listening for a Node program; a Node program without one → the first of listening, line, and
//   settled (its own preload says that it boots no more: preload/settled.ts); else the first of line, listening, alive
import type { Clock } from '../core/index.ts'

export type ReadyWhen = 'listening' | 'line' | 'alive'

const ALIVE_MS = 1_000
const START_WITHIN_MS = 30_000

export interface Readiness {
  /** What it was ready by. Never rejects; may never settle. */
  readonly ready: Promise<string>
  listening(key: string, held: boolean): void
  said(): void
  /** Our preload is in it. */
  greeted(): void
  /** It boots no more, and listens nowhere. */
  settled(): void
  /** Held ports that it has not listened on. */
  missing(): readonly string[]
  cancel(): void
}
export interface ReadinessOptions {
  readonly when?: ReadyWhen | undefined
  readonly node: boolean
  /** Several commands may come one after the other: what one says is not true of the next. */
  readonly byShell?: boolean
  readonly heldKeys: readonly string[]
  /** What it has to become ready. Default 30 s. */
  readonly startWithinMs?: number | undefined
  readonly clock: Clock
}

export function readiness({ when, node, byShell = false, heldKeys, startWithinMs, clock }: ReadinessOptions): Readiness {
  const waitsFor = new Set(heldKeys)
  const mode = when ?? (!node ? 'any' : heldKeys.length > 0 ? 'listening' : 'settled')
  const { promise: ready, resolve } = Promise.withResolvers<string>()
  const undo: (() => void)[] = []
  const aliveAfter = (ms: number, unless: () => boolean = () => false) =>
    void undo.push(clock.after(ms, () => unless() || resolve('alive')))
  const patience = startWithinMs ?? START_WITHIN_MS
  let greeted = false
  if (mode === 'alive' || mode === 'any') aliveAfter(ALIVE_MS)
  // Where no Node process of it opened the link there is nobody to say it; on a busy machine that may take its time.
  if (mode === 'settled') aliveAfter(patience / 2, () => greeted && !byShell)
  return Object.freeze({
    ready,
    listening(key: string, held: boolean) {
      waitsFor.delete(key)
      const complete = heldKeys.length === 0 || (held && waitsFor.size === 0)
      if (complete && mode !== 'line' && mode !== 'alive') resolve('listening')
    },
    said() {
      // An explicit word counts for more than what we can see.
      if (mode !== 'alive') resolve('line')
    },
    greeted: () => void (greeted = true),
    settled: () => void (mode === 'settled' && resolve('settled')),
    missing: () => [...waitsFor],
    cancel: () => {
      for (const one of undo.splice(0)) one()
    },
  })
}
