// The loop that takes one intent as far as it goes now: what the rule says is done, what comes of it is written, and the rule is asked
// again. The same loop serves the customer who waits and the reconciler. Nothing is sent that is not written first.
import type { Judgement } from '../core/index.ts'
import type { Priority } from '../policy/index.ts'
import { decided, parked, sending, unresolved } from './changes.ts'
import { change, type Engine, settle, tell } from './engine.ts'
import { ledgerError, unsentError } from './errors.ts'
import { heard, lateAnswer } from './heard.ts'
import { type Intent, isDecided } from './intent.ts'
import { providerKey } from './key.ts'
import type { Kept } from './ledger.ts'
import { look } from './look.ts'
import type { Provider } from './provider.ts'
import { next, type Step, unproved } from './rule.ts'
import { type Sent, send } from './send.ts'

export interface Run {
  readonly by: 'waited' | 'background'
  /** On clock.now(). */
  readonly deadline: number
  /** As the caller gave them. */
  readonly params: unknown
  readonly order: readonly string[]
  readonly probe?: string
  readonly priority: Priority
  readonly of?: { readonly value: unknown }
  readonly patient?: boolean
}

/** `lost`: somebody else took it over; read it anew. */
export interface Advanced {
  readonly is: 'decided' | 'parked' | 'lost'
  readonly intent: Intent
  /** As the provider gave them, in the process that asked. */
  readonly answer?: { readonly value: unknown }
  readonly error?: unknown
  readonly why?: string
  readonly retryAfterMs?: number
}

/** Less than this is not worth beginning with. */
const LEAST_MS = 20
/** After its own end a try may still be writing what came of it: nobody takes over before. */
const GRACE_MS = 1_000
const AGAIN_BASE_MS = 100
const OURS: Judgement = Object.freeze({ ran: 'no', blame: 'us' })
type Counted = (judgement: Judgement, says?: string) => void
const LONGEST_WAIT_MS = 300_000

export async function advance(e: Engine, first: Kept, run: Run): Promise<Advanced> {
  const { clock, ledger } = e
  let kept = first
  const done = { sends: 0, again: 0, looks: 0 }
  let error: unknown
  let retryAfterMs: number | undefined
  let unwritten = false
  const left = () => run.deadline - clock.now()

  /** False: somebody else has changed it since. */
  const write = async (intent: Intent, provable = false): Promise<boolean> => {
    const next = settle(e, intent)
    if (!(await ledger.write(next, kept.version, { provable }))) return false
    const before = kept.intent
    kept = { intent: next, version: kept.version + 1 }
    unwritten = false
    tell(e, before, next)
    return true
  }
  const lost = (): Advanced => ({ is: 'lost', intent: kept.intent, error })
  const end = async (intent: Intent, more: Partial<Advanced> = {}): Promise<Advanced> => {
    const is = isDecided(intent) || intent.state === 'unresolved' ? ('decided' as const) : ('parked' as const)
    if (intent !== kept.intent || unwritten) {
      try {
        if (!(await write(intent, more.answer !== undefined && provable(e, kept.intent)))) return lost()
      } catch (cause) {
        // What was answered stays true; the record says 'sent', so that the reconciler asks again.
        if (done.sends === 0) throw ledgerError(e.name, intent.key, cause)
        e.wake()
      }
    }
    return { is, intent: kept.intent, error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }), ...more }
  }

  for (;;) {
    let step: Step = next(kept.intent, {
      now: ledger.wall(),
      promises: name => e.promises(name) && { ...e.promises(name)!, closed: e.traffic.takenOut(name) },
      order: run.by === 'waited' && run.of === undefined ? run.order.filter(name => !e.traffic.full(name)) : run.order,
      done,
      run: run.by,
      duplicates: e.duplicates,
      ...(run.patient === undefined ? {} : { patient: run.patient }),
    })
    if (left() < LEAST_MS && step.do !== 'answer' && step.do !== 'end')
      step =
        unproved(kept.intent) === undefined && !run.patient
          ? { do: 'end', as: 'not_done', why: 'its time was up' }
          : { do: 'park', why: 'its time is up' }

    if (step.do === 'answer') return end(kept.intent)
    if (step.do === 'end')
      return end(step.as === 'not_done' ? decided(kept.intent, 'not_done', ledger.wall()) : unresolved(kept.intent), {
        why: step.why,
      })
    if (step.do === 'park')
      return end(
        parked({ ...kept.intent, tries: kept.intent.tries + (run.by === 'background' ? 1 : 0) }, dueAt(e, kept.intent, run)),
        { why: step.why },
      )

    const provider = e.providers.get(step.provider)!
    if (step.do === 'look') {
      done.looks++
      if (done.looks > 1) await pause(e, Math.min(AGAIN_BASE_MS * 2 ** done.looks, left() - LEAST_MS))
      const looked = await look(e, provider, kept.intent, Math.min(e.numbers.attemptMs, Math.max(LEAST_MS, left())), run)
      if (looked.sent?.error !== undefined) error = looked.sent.error
      if (looked.intent === kept.intent) continue
      if (!(await writeOr(looked.intent))) return lost()
      if (isDecided(kept.intent)) return end(kept.intent)
      continue
    }

    // ── Written first
    if (step.do === 'again' && done.again++ > 0)
      await pause(e, Math.min(Math.max(retryAfterMs ?? 0, AGAIN_BASE_MS * 2 ** done.again), left() / 2))
    const now = ledger.wall()
    const withinMs = Math.max(
      LEAST_MS,
      Math.min(e.numbers.attemptMs, run.by === 'waited' && done.sends === 0 ? left() / 2 : left()),
    )
    const counted = e.traffic.began(provider.name, { probe: step.do === 'send' && run.probe === provider.name })
    const key = providerKey(e.name, kept.intent.key, provider.name, provider.card.keyMaxLength)
    const before = kept.intent.attempts.at(-1)
    const at = kept.intent.attempts.length
    const until = now + withinMs
    const tried = sending(kept.intent, {
      provider: provider.name,
      key,
      holder: e.holder,
      now,
      until,
      heldUntil: until + GRACE_MS,
    })
    try {
      if (!(await write(tried))) {
        counted(OURS)
        return lost()
      }
    } catch (cause) {
      counted(OURS)
      throw ledgerError(e.name, kept.intent.key, cause)
    }
    done.sends++
    if (step.do === 'send' && before !== undefined)
      e.events.emit('failover.passed_on', e.path, {
        key: tried.key,
        operation: tried.operation,
        from: before.provider,
        to: provider.name,
        why: before.says ?? before.state,
      })

    // ── Then sent
    const sent =
      ledger.wall() >= until ? tooLate(provider.name, key, counted) : await sendTry(provider, key, at, withinMs, counted)
    error = sent.error
    retryAfterMs = sent.retryAfterMs
    const changed = heard(e, kept.intent, at, sent)
    if (sent.outcome === 'ok' || sent.outcome === 'declined') {
      if (sent.outcome === 'ok') e.traffic.spent(costOf(provider, kept.intent.operation, run.params))
      const answer = sent.error === undefined ? { answer: { value: sent.value } } : {}
      const ended = await end(changed, answer)
      if (ended.is !== 'lost') return ended
      // Someone else took it over while we waited for the answer: what we heard is added to what they know.
      const merged = await change(e, changed.key, intent => heard(e, intent, at, sent))
      return { ...ended, is: 'decided', intent: merged?.intent ?? changed, ...answer }
    }
    // Written together with the next step.
    kept = { intent: changed, version: kept.version }
    unwritten = true
  }

  async function writeOr(intent: Intent): Promise<boolean> {
    try {
      return await write(intent)
    } catch {
      // What was seen stays true for this run; the reconciler sees it again.
      kept = { intent, version: kept.version }
      return true
    }
  }

  function sendTry(provider: Provider<never, unknown>, key: string, at: number, withinMs: number, counted: Counted) {
    const intent = kept.intent
    return send(e, {
      provider,
      key,
      operation: intent.operation,
      attempt: at + 1,
      withinMs,
      since: intent.attempts.find(one => one.provider === provider.name)!.at,
      priority: run.priority,
      done: counted,
      judge: provider.judge,
      work: call => provider.call(intent.operation, run.params as never, call),
      late: sent => void lateAnswer(e, intent.key, at, sent),
      ...(run.of === undefined ? {} : { of: run.of }),
    })
  }
}

/** Were only the try on the disk, and not what came of it, its key again or a look-up would tell the same. */
function provable(e: Engine, { attempts }: Intent): boolean {
  const promised = e.promises(attempts.at(-1)!.provider)
  return attempts.length === 1 && promised !== undefined && (promised.keyTtlMs > 0 || promised.looks)
}

function tooLate(provider: string, key: string, counted: Counted): Sent<unknown> {
  counted(OURS)
  const error = unsentError(provider, key, 'this process was held up until its time was over')
  return { outcome: 'not_sent', error, says: error.message }
}

function costOf(provider: Provider<never, unknown>, operation: string, params: unknown): number {
  try {
    return provider.cost?.(operation, params as never) ?? 0
  } catch {
    return 0
  }
}

/** 1 s, 2 s, 4 s … 5 min; the first one at once when a customer's time was up. */
function dueAt(e: Engine, intent: Intent, run: Run): number {
  const n = run.by === 'waited' ? 0 : intent.tries + 1
  const base = Math.min(e.numbers.everyMs, 1_000)
  return e.ledger.wall() + Math.min(LONGEST_WAIT_MS, base * 2 ** Math.min(n, 12)) * (0.75 + 0.5 * Math.random())
}

function pause(e: Engine, ms: number): Promise<void> {
  return new Promise(resolve => e.clock.after(Math.max(0, ms), resolve))
}
