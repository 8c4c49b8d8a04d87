// Open-model load: requests leave at their scheduled times whether or not earlier ones were answered, as customers do. Says of each what
// became of it; judges nothing. (A closed loop would stand still together with a frozen program, and call it fast.)
import type { Clock } from '../../core/index.ts'

/** `unsent`: the drill's own machine could not send it, which says nothing of the program. */
export const KINDS = ['ok', 'refused', 'reset', 'timeout', '5xx', '4xx', 'other', 'unsent'] as const
export type Kind = (typeof KINDS)[number]

export interface Answer {
  readonly kind: Kind
  /** For people: '503', 'ECONNRESET'. */
  readonly says: string
}
/** One request. Must not reject, and must end by itself. */
export type Ask = () => Promise<Answer>

/** Times are the clock's. What it took counts from `dueMs`: waiting to be sent is waiting too. */
export interface Sent extends Answer {
  readonly dueMs: number
  readonly sentMs: number
  readonly endMs: number
}

export interface LoadOptions {
  /** Requests a second. */
  readonly rate: number
  readonly durationMs: number
  readonly ask: Ask
  readonly clock: Clock
}

export interface Load {
  readonly startMs: number
  /** Those that have ended, in the order of their ends. */
  readonly ended: readonly Sent[]
  inFlight(): number
  /** Resolves when every request was sent, or the load was stopped, and each has ended. */
  readonly done: Promise<readonly Sent[]>
  /** No further request leaves. */
  stop(): void
}

/** Behind by more than that in one turn, it lets answers in first. */
const MAX_A_TURN = 50

export function load({ rate, durationMs, ask, clock }: LoadOptions): Load {
  const total = Math.round((rate * durationMs) / 1_000)
  const startMs = clock.now()
  const dueOf = (n: number) => startMs + (n * 1_000) / rate
  const ended: Sent[] = []
  const { promise: done, resolve } = Promise.withResolvers<readonly Sent[]>()
  let n = 0
  let last = total
  let undo = () => {}

  const settle = () => {
    if (n >= last && ended.length === n) resolve(ended)
  }
  const send = async (dueMs: number) => {
    const sentMs = clock.now()
    const answer = await ask()
    ended.push({ ...answer, dueMs, sentMs, endMs: clock.now() })
    settle()
  }
  const turn = () => {
    for (let sent = 0; n < last && sent < MAX_A_TURN && clock.now() >= dueOf(n); sent++) void send(dueOf(n++))
    if (n < last) undo = clock.after(Math.max(0, dueOf(n) - clock.now()), turn)
    else settle()
  }
  turn()
  return Object.freeze({
    startMs,
    ended,
    inFlight: () => n - ended.length,
    done,
    stop() {
      undo()
      last = n
      settle()
    },
  })
}
