// The reconciler: what makes an end of every unknown, whoever began it and whether they still live. An async function whose promise is its
// life: a supervisor starts it again when it throws. All it knows is in the ledger, so a restart loses nothing.
import type { Undo } from '../core/index.ts'
import { advance } from './advance.ts'
import { change, type Engine, settle } from './engine.ts'
import { type Intent, isDecided } from './intent.ts'
import { judgeCommon, MAYBE, OK } from './judge.ts'
import type { Counts, Kept } from './ledger.ts'
import { foundDone, look } from './look.ts'
import { readOrders } from './orders.ts'
import { send } from './send.ts'
import { undoTwice } from './undo.ts'

export interface Reconciler {
  /** Resolves when `signal` aborts; rejects only by a bug of ours. */
  run(life: { readonly signal: AbortSignal }): Promise<void>
  /** One look; how many it worked on. `key`: that one, due or not. */
  look(key?: string): Promise<number>
  wake(): void
  counts(): Counts | undefined
}

export interface ReconcilerOptions {
  /** What the owner of a follow-up answered. */
  readonly ofIntent: (intent: Intent) => Promise<{ readonly value: unknown } | undefined>
  readonly decided: ((intent: Intent) => unknown) | undefined
}

const AT_ONCE = 8
const LIMIT = 100
/** Over more than an hour. */
const MOST_AUDITS = 20
const TELL_AGAIN_MS = 1_000
const LONGEST_MS = 300_000
const PRUNE_EVERY_MS = 3_600_000
export const ORDERS = 'orders'

export function reconciler(e: Engine, options: ReconcilerOptions): Reconciler {
  let counts: Counts | undefined
  let wakeUp: Undo | undefined
  let early = false
  let failingSince: number | undefined
  let prunedAt = e.clock.now()

  async function oneLook(key?: string): Promise<number> {
    const now = e.ledger.wall()
    const work = await e.ledger.work(e.name, now, LIMIT)
    counts = work.counts
    const before = JSON.stringify(e.traffic.orders())
    const orders = readOrders(await e.ledger.note(e.name, ORDERS))
    if (JSON.stringify(orders) !== before) e.traffic.setOrders(orders)
    const wanted = key === undefined ? undefined : await e.ledger.read(e.name, key)
    const due = wanted === undefined ? [...work.due] : [wanted]
    const jobs = due.map(kept => () => settleOne(kept))
    await Promise.all([inTurn(jobs, AT_ONCE), ...(key === undefined ? e.traffic.toCheck().map(check) : [])])
    if (key === undefined && jobs.length > 0) counts = (await e.ledger.work(e.name, e.ledger.wall(), 1)).counts
    for (const one of e.traffic.unproven()) e.events.emit('failover.unproven', e.path, one, { level: 'warn' })
    if (e.clock.now() - prunedAt > PRUNE_EVERY_MS) {
      prunedAt = e.clock.now()
      await e.ledger.prune(e.name, now - e.numbers.keepForMs)
    }
    return due.length
  }

  /** One thing at a time for each intent: resolve it, look once more, undo what is there twice, tell the app. */
  async function settleOne(kept: Kept): Promise<void> {
    let { intent } = kept
    if (!isDecided(intent) && intent.state !== 'unresolved') intent = await resolve(kept)
    else if (intent.audit && !intent.owed) intent = await audit(kept)
    if (e.twice === 'void' && intent.twice.some(one => one.undone === 'offered')) intent = await undoTwice(e, intent)
    if (intent.owed && (isDecided(intent) || intent.state === 'unresolved')) await tellApp(intent)
  }

  async function resolve(kept: Kept): Promise<Intent> {
    const { intent } = kept
    const of = intent.of === undefined ? undefined : await options.ofIntent(intent)
    const result = await advance(e, kept, {
      by: 'background',
      deadline: e.clock.now() + 2 * e.numbers.attemptMs,
      params: intent.params,
      order: intent.of === undefined ? e.traffic.order().order : [intent.owner ?? ''].filter(name => e.providers.has(name)),
      priority: 'background',
      patient: intent.queued === true && e.ledger.wall() < intent.madeAt + e.numbers.patienceMs,
      ...(of === undefined ? {} : { of }),
    })
    return result.intent
  }

  /** Tried more than once: each provider's books are looked at again, so that nothing is there twice in silence. */
  async function audit(kept: Kept): Promise<Intent> {
    const names = [...new Set(kept.intent.attempts.filter(one => one.state !== 'not_sent').map(one => one.provider))]
    // Another machine sees that this one is at it; if this one dies, the other takes it up.
    const at = e.ledger.wall() + (names.length + 1) * e.numbers.attemptMs
    if (!(await e.ledger.write({ ...kept.intent, dueAt: at }, kept.version))) return kept.intent
    const of = kept.intent.of === undefined ? undefined : await options.ofIntent(kept.intent)
    let sure = true
    for (const name of names) {
      const provider = e.providers.get(name)
      if (provider?.lookup === undefined || e.traffic.takenOut(name)) continue
      const { sent } = await look(e, provider, kept.intent, e.numbers.attemptMs, {
        priority: 'background',
        ...(of === undefined ? {} : { of }),
      })
      const found = sent?.outcome === 'ok' ? sent.value : 'unknown'
      if (found === undefined || found === 'unknown') sure = false
      else if (found !== 'not_found') await change(e, kept.intent.key, intent => foundDone(e, provider, intent, found))
    }
    const ended = await change(e, kept.intent.key, intent => {
      if (sure || intent.tries + 1 >= MOST_AUDITS) {
        if (!sure)
          e.events.emit(
            'failover.unaudited',
            e.path,
            { key: intent.key, operation: intent.operation, providers: names, tries: intent.tries + 1 },
            { level: 'alarm' },
          )
        const { dueAt: _, ...rest } = intent
        return { ...rest, audit: false, ...(intent.owed ? { dueAt: e.ledger.wall() } : {}) }
      }
      return { ...intent, tries: intent.tries + 1, dueAt: e.ledger.wall() + wait(intent.tries) }
    })
    return ended?.intent ?? kept.intent
  }

  async function tellApp(intent: Intent): Promise<void> {
    if (options.decided !== undefined) {
      try {
        await options.decided(intent)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        e.events.emit(
          'failover.telling_failed',
          e.path,
          { key: intent.key, operation: intent.operation, message },
          { level: 'warn' },
        )
        await change(e, intent.key, one => ({ ...one, tries: one.tries + 1, dueAt: e.ledger.wall() + wait(one.tries) }))
        return
      }
    }
    await change(e, intent.key, one => {
      // Decided otherwise meanwhile: that is told too.
      if (one.state !== intent.state || one.owner !== intent.owner) return one
      const { dueAt: _, ...rest } = one
      return settle(e, { ...rest, owed: false, tries: 0 })
    })
  }

  /** With our credentials, by something that costs nothing. */
  async function check(name: string): Promise<void> {
    const provider = e.providers.get(name)!
    const sent = await send(e, {
      provider,
      key: 'health',
      operation: 'health',
      attempt: 1,
      withinMs: e.numbers.attemptMs,
      since: e.ledger.wall(),
      priority: 'background',
      // What it comes to counts as a check, not as a call.
      judge: () => ({ ran: 'yes', blame: 'us' }),
      work: call => provider.health!(call),
    })
    const judgement = sent.error === undefined ? OK : (judgeCommon(sent.error) ?? MAYBE)
    e.traffic.checked(name, judgement.blame === 'none' ? OK : { ...judgement, blame: 'them' }, sent.says)
  }

  const wait = (n: number) => Math.min(LONGEST_MS, TELL_AGAIN_MS * 2 ** Math.min(n, 10)) * (0.75 + 0.5 * Math.random())

  function rest(signal: AbortSignal): Promise<void> {
    if (early || signal.aborted) {
      early = false
      return new Promise(resolve => void e.clock.after(0, resolve))
    }
    return new Promise(resolve => {
      const end = () => {
        undo()
        signal.removeEventListener('abort', end)
        wakeUp = undefined
        resolve()
      }
      const busy = counts !== undefined && counts.open + counts.pending > 0
      const undo = e.clock.after(busy ? Math.min(e.numbers.everyMs, 1_000) : e.numbers.everyMs, end)
      signal.addEventListener('abort', end, { once: true })
      wakeUp = end
    })
  }

  return Object.freeze({
    look: oneLook,
    counts: () => counts,
    wake() {
      early = true
      wakeUp?.()
    },
    async run({ signal }) {
      while (!signal.aborted) {
        try {
          await oneLook()
          if (failingSince !== undefined)
            e.events.emit('failover.ledger_recovered', e.path, { forMs: Math.round(e.clock.now() - failingSince) })
          failingSince = undefined
        } catch (error) {
          if (failingSince === undefined) {
            failingSince = e.clock.now()
            const { code, message } = error as { code?: string; message?: string }
            e.events.emit(
              'failover.ledger_failing',
              e.path,
              { code: String(code ?? 'unknown'), message: String(message ?? error) },
              { level: 'alarm' },
            )
          }
        }
        await rest(signal)
      }
    },
  } satisfies Reconciler)
}

async function inTurn(jobs: readonly (() => Promise<unknown>)[], atOnce: number): Promise<void> {
  const left = [...jobs]
  const errors: unknown[] = []
  const worker = async () => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) await job().catch(error => errors.push(error))
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, worker))
  if (errors.length > 0) throw errors[0]
}
