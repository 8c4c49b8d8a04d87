// One try at one provider, or one look-up: given its end, cut there, judged, and counted for its provider. What comes after the cut is
// not lost: `late` hears of it.
import { type Judgement, type Outcome, outcomeOf, runInFrame } from '../core/index.ts'
import type { Priority } from '../policy/index.ts'
import type { Engine } from './engine.ts'
import { cutError } from './errors.ts'
import { MAYBE } from './judge.ts'
import type { Provider, ProviderCall } from './provider.ts'

export interface Sent<T> {
  readonly outcome: Outcome
  readonly value?: T
  readonly error?: unknown
  readonly says?: string
  readonly retryAfterMs?: number
  readonly resent?: true
}

export interface Sending<T> {
  readonly provider: Provider<never, unknown>
  readonly key: string
  readonly operation: string
  readonly attempt: number
  readonly withinMs: number
  readonly since: number
  readonly priority: Priority
  /** It was counted as a call already; else it is none: a look-up, a check, an undoing. */
  readonly done?: (judgement: Judgement, says?: string) => void
  readonly of?: { readonly value: unknown }
  readonly work: (call: ProviderCall) => Promise<T>
  /** How the answer is read. */
  readonly judge: Provider<never, unknown>['judge']
  /** It answered after its end. */
  readonly late?: (sent: Sent<T>) => void
}

export async function send<T>(e: Engine, s: Sending<T>): Promise<Sent<T>> {
  const { clock, traffic } = e
  const controller = new AbortController()
  const deadline = clock.now() + s.withinMs
  let resent = false
  const call: ProviderCall = {
    key: s.key,
    operation: s.operation,
    attempt: s.attempt,
    idempotent: e.promises(s.provider.name)!.keyTtlMs > 0,
    priority: s.priority,
    deadline,
    since: s.since,
    remaining: () => Math.max(0, deadline - clock.now()),
    signal: controller.signal,
    resent: () => {
      resent = true
    },
    ...(s.of === undefined ? {} : { of: s.of }),
  }
  const done = s.done ?? traffic.began(s.provider.name, { asks: true })
  let cut = false
  let undo = () => {}
  const end = new Promise<Sent<T>>(resolve => {
    undo = clock.after(s.withinMs, () => {
      cut = true
      const error = cutError(s.provider.name, s.key, s.withinMs)
      resolve({ outcome: 'unknown', error, says: error.message })
      done(MAYBE, error.message)
      controller.abort(error)
    })
  })
  const answered = (answer: { readonly error: unknown } | { readonly value: T }): Sent<T> => {
    const judgement = judged(s.judge, answer)
    const says = 'error' in answer ? textOf(answer.error) : undefined
    done(judgement, says)
    const after = judgement.retryAfterMs === undefined ? {} : { retryAfterMs: judgement.retryAfterMs }
    const more = { ...after, ...(resent ? { resent } : {}) }
    return { outcome: outcomeOf(judgement), ...answer, ...more, ...(says === undefined ? {} : { says }) }
  }
  // Our loop is the one that tries again: what is further in tries once, and a failover further in asks one provider only.
  const work = runInFrame({ retries: 'taken', deadline, failover: e.name }, () => started(() => s.work(call)))
  const answer = work.then(
    value => answered({ value }),
    error => answered({ error }),
  )
  const first = await Promise.race([answer, end])
  undo()
  if (cut && s.late !== undefined) void answer.then(s.late)
  return first
}

async function started<T>(work: () => Promise<T>): Promise<T> {
  return work()
}

/** A judge that throws knows nothing. */
function judged<T>(
  judge: Provider<never, unknown>['judge'],
  answer: { readonly error: unknown } | { readonly value: T },
): Judgement {
  try {
    return judge(answer)
  } catch {
    return MAYBE
  }
}

const MOST = 300

export function textOf(error: unknown): string {
  const says = error instanceof Error ? error.message : String(error)
  return says.length > MOST ? `${says.slice(0, MOST)}…` : says
}
