// The failover as a part: what status, dashboard and `selfheal failover` see of it and can do. No secrets: parameters and values stay out
// of the snapshot, and the verbs tell them only where an operator asks for one intent.
import { formatMs, type Json, type Part, SelfhealError, type Undo, type Verb, type Who } from '../core/index.ts'
import { dated, decided, succeeded } from './changes.ts'
import { change, type Engine } from './engine.ts'
import type { Intent, IntentState } from './intent.ts'
import { inForce, type Order, type OrderKind, ordered, readOrders, released } from './orders.ts'
import { ORDERS, type Reconciler } from './reconcile.ts'
import { undoTwice } from './undo.ts'

const STATES = ['open', 'pending', 'ok', 'declined', 'not_done', 'unresolved', 'twice'] as const
const DRILL_MS = 30_000
/** A verb is waited for two minutes. */
const MOST_DRILL_MS = 100_000

export function failoverPart(e: Engine, background: Reconciler): Part {
  const { path } = e

  /** Of what was ordered for a time: one force, and one more for each provider. */
  const endings = new Map<string, Undo>()

  async function order(kind: OrderKind, provider: string, who: Who) {
    if (!e.providers.has(provider))
      throw bad(`${e.name} has no provider ${provider || '(none named)'}`, `There are: ${[...e.providers.keys()].join(', ')}.`)
    const now = e.ledger.wall()
    const next = ordered(readOrders(await e.ledger.note(e.name, ORDERS)), kind, provider, who, now)
    await e.ledger.setNote(e.name, ORDERS, next as unknown as Json)
    e.traffic.setOrders(next)
    e.events.emit(
      'failover.ordered',
      e.path,
      { order: kind, provider, by: who.by, why: who.why, ...(who.until === undefined ? {} : { until: who.until }) },
      { level: 'warn' },
    )
    // The one before it is told of no more; a timer holds the process.
    endings.get(kind === 'force' ? kind : provider)?.()
    if (who.until !== undefined)
      endings.set(
        kind === 'force' ? kind : provider,
        e.clock.after(Math.max(0, who.until - now), () => ended(kind, provider, 'its time was over')),
      )
    return e.traffic.snapshot() as unknown as Json
  }
  function ended(kind: string, provider: string, why: string) {
    if (!e.traffic.orders().some(one => one.provider === provider && one.kind === kind))
      e.events.emit('failover.order_ended', e.path, { order: kind, provider, why })
  }

  const verbs: Record<string, Verb> = {
    list: async args => {
      const state = text(args, 'state') as IntentState | 'twice' | ''
      if (state !== '' && !STATES.includes(state)) throw bad(`There is no state ${state}`, `States: ${STATES.join(', ')}.`)
      const limit = Number((args as { limit?: Json } | null)?.limit ?? 50)
      const intents = await e.ledger.list(e.name, {
        ...(state === '' ? {} : { state }),
        limit: Math.min(1_000, Math.max(1, limit)),
      })
      return { ...e.traffic.snapshot(), intents: intents.map(brief) } as unknown as Json
    },
    show: async args => ({ ...(await intentOf(args)) }) as unknown as Json,
    reconcile: async args => {
      const key = text(args, 'key')
      if (key !== '') await intentOf(args)
      const looked = await background.look(key === '' ? undefined : key)
      return {
        looked,
        counts: (background.counts() ?? null) as unknown as Json,
        ...(key === '' ? {} : { intent: brief((await e.ledger.read(e.name, key))!.intent) }),
      }
    },
    force: (args, who) => order('force', text(args, 'provider'), who),
    drain: (args, who) => order('drain', text(args, 'provider'), who),
    'take-out': (args, who) => order('take_out', text(args, 'provider'), who),
    release: async (args, who) => {
      const provider = text(args, 'provider')
      const next = released(readOrders(await e.ledger.note(e.name, ORDERS)), provider === '' ? undefined : provider)
      await e.ledger.setNote(e.name, ORDERS, next as unknown as Json)
      e.traffic.setOrders(next)
      if (!next.some(one => one.kind === 'force')) endings.get('force')?.()
      for (const name of e.providers.keys()) if (!next.some(one => one.provider === name)) endings.get(name)?.()
      e.events.emit('failover.order_ended', e.path, {
        order: 'all',
        ...(provider === '' ? {} : { provider }),
        why: `${who.by}: ${who.why}`,
      })
      return e.traffic.snapshot() as unknown as Json
    },
    void: async args => brief(await undoTwice(e, await intentOf(args), text(args, 'provider') || undefined)),
    // A person has looked at the provider's books: the last word on what no key and no look-up can tell.
    resolve: async (args, who) => {
      const intent = await intentOf(args)
      const as = text(args, 'as')
      if (as !== 'ok' && as !== 'not_done')
        throw bad('resolve needs what is in the provider’s books', 'Say --as ok, or --as not_done.')
      if (intent.state !== 'unresolved' && intent.state !== 'pending')
        throw bad(`${intent.key} is ${intent.state}`, 'Only what is pending or unresolved can be resolved by hand.')
      const provider = intent.attempts.at(-1)?.provider ?? ''
      const kept = await change(e, intent.key, now =>
        as === 'ok'
          ? succeeded(now, provider, { by: who.by, why: who.why }, e.ledger.wall())
          : dated(decided(now, 'not_done', e.ledger.wall()), e.ledger.wall(), 0),
      )
      background.wake()
      return brief(kept!.intent)
    },
    // A switch on purpose: does the backup really take over, and what does it cost?
    drill: async (args, who) => {
      const asked = Number((args as { forMs?: Json } | null)?.forMs ?? DRILL_MS)
      const forMs = Math.min(MOST_DRILL_MS, Math.max(1, Number.isFinite(asked) ? asked : DRILL_MS))
      const before = e.traffic.snapshot()
      const provider = text(args, 'provider') || [...e.providers.keys()].find(name => name !== before.active) || ''
      const callsOf = () =>
        Number(
          (
            e.traffic.snapshot().providers.find(one => (one as { name: string }).name === provider) as
              | { calls: number }
              | undefined
          )?.calls ?? 0,
        )
      const [calls, since] = [callsOf(), e.ledger.wall()]
      const standing = inForce(readOrders(await e.ledger.note(e.name, ORDERS)), since)
      const inTheWay = standing.find(one => one.kind === 'force' || one.provider === provider)
      if (inTheWay !== undefined) throw orderedAlready(e.name, inTheWay, since)
      await order('force', provider, { ...who, why: `switch drill: ${who.why}`, until: since + forMs })
      await new Promise<void>(resolve => void e.clock.after(forMs, resolve))
      const all = (await e.ledger.list(e.name, { limit: 1_000 })).filter(one => one.madeAt >= since)
      const count = (state: IntentState) => all.filter(one => one.state === state).length
      return {
        provider,
        before: before.active,
        forMs,
        calls: callsOf() - calls,
        ok: count('ok'),
        declined: count('declined'),
        notDone: count('not_done'),
        pending: count('pending') + count('unresolved'),
        after: e.traffic.snapshot().active,
      }
    },
  }

  async function intentOf(args: Json): Promise<Intent> {
    const key = text(args, 'key')
    const kept = key === '' ? undefined : await e.ledger.read(e.name, key)
    if (kept === undefined) throw bad(`${e.name} knows no intent ${key || '(none named)'}`, 'See: selfheal failover list.')
    return kept.intent
  }

  return {
    path,
    kind: 'failover',
    verbs,
    snapshot: () => {
      const { state, usable } = e.traffic.need.reading()
      const counts = background.counts()
      const oldest = counts?.oldest === undefined ? null : Math.round(e.ledger.wall() - counts.oldest)
      return {
        name: e.name,
        usable,
        state,
        ledger: e.ledger.kind,
        ...e.traffic.snapshot(),
        open: counts?.open ?? null,
        pending: counts?.pending ?? null,
        unresolved: counts?.unresolved ?? null,
        twice: counts?.twice ?? null,
        oldestMs: oldest,
      } as unknown as Json
    },
    settings: () => [
      { level: 'failover', name: `${e.name} deadline`, valueMs: e.numbers.deadlineMs, from: 'deadline' },
      { level: 'failover', name: `${e.name} attempt`, valueMs: e.numbers.attemptMs, from: 'attempt' },
    ],
  }
}

function brief({ key, operation, state, owner, decline, attempts, twice, madeAt, decidedAt, dueAt }: Intent): Json {
  return {
    key,
    operation,
    state,
    provider: owner ?? decline?.provider ?? attempts.at(-1)?.provider ?? null,
    says: decline?.says ?? attempts.at(-1)?.says ?? null,
    tries: attempts.length,
    twice: twice.length,
    madeAt,
    decidedAt: decidedAt ?? null,
    dueAt: dueAt ?? null,
  }
}

function text(args: Json, name: string): string {
  const value = (args as { readonly [name: string]: Json } | null)?.[name]
  return typeof value === 'string' ? value : ''
}

const bad = (message: string, mend: string) => new SelfhealError('SELFHEAL_USAGE', message, mend)

const DONE = { force: 'is forced', drain: 'is drained', take_out: 'is taken out' } as const

/** What an operator has ordered ends at its time: a drill never takes its place. */
function orderedAlready(name: string, { kind, provider, by, why, until }: Order, now: number): SelfhealError {
  const left = until === undefined ? 'until it is released' : `for ${formatMs(until - now)} more`
  return new SelfhealError(
    'SELFHEAL_NO',
    `no drill of ${name}: ${provider} ${DONE[kind]} by ${by} (${why}), ${left}`,
    `Drill when that has ended, or end it first: selfheal failover release ${provider}`,
  )
}
