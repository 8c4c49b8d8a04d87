// failover(name, { providers, ledger, … }): one call over several interchangeable providers, that is done once. Each call is an intent under
// the caller's key: the same key gives the same answer, on any machine, before and after a crash. The loops are in advance.ts and reconcile.ts.
import { createEvents, currentFrame, type Duration, durationMs, type Need, type Part, systemClock } from '../core/index.ts'
import type { How } from '../policy/index.ts'
import { type Advanced, advance } from './advance.ts'
import { answerOf } from './answer.ts'
import { intended, reopened, succeeded } from './changes.ts'
import { asJson, change, type Engine, holderName } from './engine.ts'
import { keyReusedError, ledgerError, noOwnerError, pendingError } from './errors.ts'
import './events.ts'
import type { Intent } from './intent.ts'
import { printOf } from './key.ts'
import type { Kept } from './ledger.ts'
import { type FailoverOptions, promisesOf, readOptions } from './options.ts'
import { failoverPart } from './part.ts'
import type { PostgresLedger, Queryable } from './postgres-ledger.ts'
import type { Provider } from './provider.ts'
import { reconciler } from './reconcile.ts'
import { traffic } from './traffic.ts'

export interface FailoverHow extends How {
  /** The intent's: one for each thing that is meant, such as the order's number. */
  readonly key: string
  /** The key of the intent that this one follows: a refund, capture or void goes to the provider that did it. */
  readonly of?: string
}

export interface Failover<P, R> extends Need, Part {
  /**
   * The answer, once. Rejects with DeclinedError (the provider's no), or RejectedError: SELFHEAL_FAILOVER_PENDING (ran maybe: it is looked
   * at until it is known), _NOT_DONE, _KEY_REUSED, _LEDGER, _NO_OWNER (ran no).
   */
  call(operation: string, params: P, how: FailoverHow): Promise<R>
  /** Writes the intent down; the reconciler sends it. `in`: by the app's own client, in its own transaction (PostgreSQL ledger). */
  intend(
    operation: string,
    params: P,
    how: { readonly key: string; readonly of?: string; readonly in?: Queryable },
  ): Promise<void>
  /** What is known of a key. */
  look(key: string): Promise<Intent | undefined>
  /** A webhook said that it was done. Said again it changes nothing. `key`: what the provider was given. False: no intent of ours. */
  saw(provider: string, key: string, value: R): Promise<boolean>
  /** The reconciler's life: give it to a supervisor. */
  readonly reconcile: (life: { readonly signal: AbortSignal }) => Promise<void>
}

const POLL_MS = [10, 20, 40, 80, 150, 250]
/** Whoever wrote it down in a transaction may be about to call. */
const INTENDED_MS = 1_000

export function failover<P, R>(name: string, options: FailoverOptions<P, R>): Failover<P, R> {
  const numbers = readOptions(name, options)
  const {
    ledger,
    path = `failover/${name}`,
    clock = systemClock,
    events = createEvents(),
    rules = {},
    random = Math.random,
  } = options
  const list = options.providers as readonly Provider<never, unknown>[]
  const providers = new Map(list.map(one => [one.name, one]))
  const promises = new Map(list.map(one => [one.name, promisesOf(one)]))
  const e: Engine = {
    name,
    path,
    holder: holderName(),
    providers,
    promises: provider => promises.get(provider),
    ledger,
    clock,
    events,
    numbers,
    traffic: traffic({ name, path, providers: list, rules, numbers, clock, events, random }),
    duplicates: options.duplicates ?? 'never',
    twice: options.twice ?? 'offer',
    wake: () => background.wake(),
  }
  const background = reconciler(e, { ofIntent, decided: options.decided })
  const under = new Map<string, { readonly print: string; readonly promise: Promise<Advanced> }>()

  async function ofIntent(intent: Intent) {
    const owner = await ledger.read(name, intent.of!)
    return owner?.intent.value === undefined ? undefined : { value: owner.intent.value as unknown }
  }

  async function call(operation: string, params: P, how: FailoverHow): Promise<R> {
    const key = readKey(how?.key)
    how.signal?.throwIfAborted()
    const asked = durationMs((how.deadline as Duration | undefined) ?? numbers.deadlineMs) ?? numbers.deadlineMs
    const deadline = Math.min(clock.now() + asked, currentFrame()?.deadline ?? Number.POSITIVE_INFINITY)
    const print = printOf(operation, asJson(params), how.of)
    const running = under.get(key)
    if (running !== undefined && running.print !== print) throw keyReusedError(name, key)
    let promise = running?.promise
    if (promise === undefined) {
      promise = drive(operation, params, key, print, deadline, how).finally(() => under.delete(key))
      under.set(key, { print, promise })
      promise.catch(() => {})
    }
    // Whoever stops waiting stops nothing: what is written down is brought to its end.
    return answerOf<R>(name, key, await waited(promise, key, deadline, how.signal))
  }

  /** Until it is decided, parked, or the time is over; whoever else works on it meanwhile is waited for. */
  async function drive(
    operation: string,
    params: P,
    key: string,
    print: string,
    deadline: number,
    how: FailoverHow,
  ): Promise<Advanced> {
    const of = how.of === undefined ? undefined : await ownerOf(how.of, key)
    // Most keys are new: the first write says when one is not, having sent nothing, which spares them a reading.
    let blind = true
    for (let n = 0; ; ) {
      const kept = blind ? undefined : await read(key)
      blind = false
      const fresh = intended(
        { failover: name, key, operation, params: asJson(params), print, ...(how.of === undefined ? {} : { of: how.of }) },
        ledger.wall(),
      )
      if (kept !== undefined && kept.intent.print !== print) throw keyReusedError(name, key)
      const now = kept?.intent ?? fresh
      if (now.state === 'ok' || now.state === 'declined' || now.state === 'unresolved') return { is: 'decided', intent: now }
      const held = now.holder !== undefined && now.holder !== e.holder && ledger.wall() < (now.heldUntil ?? 0)
      if (held) {
        if (clock.now() >= deadline) return { is: 'parked', intent: now, why: 'another process is at it' }
        const pauseMs = Math.min(POLL_MS[Math.min(n++, POLL_MS.length - 1)]!, Math.max(1, deadline - clock.now()))
        await new Promise<void>(resolve => clock.after(pauseMs, resolve))
        continue
      }
      const asked = e.traffic.order()
      const order =
        of === undefined ? (currentFrame()?.failover === undefined ? asked.order : asked.order.slice(0, 1)) : [of.owner]
      const intent = now.state === 'not_done' ? reopened(now, fresh.params) : now
      const result = await advance(
        e,
        { intent, version: kept?.version ?? 0 },
        {
          by: 'waited',
          deadline,
          params,
          order,
          priority: how.priority ?? 'default',
          ...(of === undefined ? {} : { of: { value: of.value } }),
          ...(of === undefined && asked.probe !== undefined ? { probe: asked.probe } : {}),
        },
      )
      if (result.is !== 'lost') return result
    }
  }

  async function ownerOf(of: string, key: string): Promise<{ readonly owner: string; readonly value: unknown }> {
    const first = (await read(of))?.intent
    if (first?.state !== 'ok' || first.owner === undefined)
      throw noOwnerError(name, key, of, first === undefined ? 'does not exist' : `is ${first.state}`)
    return { owner: first.owner, value: first.value }
  }

  async function read(key: string): Promise<Kept | undefined> {
    try {
      return await ledger.read(name, key)
    } catch (error) {
      throw ledgerError(name, key, error)
    }
  }

  function waited(promise: Promise<Advanced>, key: string, deadline: number, signal: AbortSignal | undefined): Promise<Advanced> {
    return new Promise((resolve, reject) => {
      const undo = clock.after(Math.max(0, deadline - clock.now()) + POLL_MS.at(-1)!, () =>
        end(() => reject(pendingError(name, key, 'its time was up'))),
      )
      const aborted = () => end(() => reject(signal!.reason))
      const end = (settle: () => void) => {
        undo()
        signal?.removeEventListener('abort', aborted)
        settle()
      }
      signal?.addEventListener('abort', aborted, { once: true })
      promise.then(
        value => end(() => resolve(value)),
        error => end(() => reject(error)),
      )
    })
  }

  async function intend(
    operation: string,
    params: P,
    how: { readonly key: string; readonly of?: string; readonly in?: Queryable },
  ): Promise<void> {
    const key = readKey(how?.key)
    const print = printOf(operation, asJson(params), how.of)
    const now = ledger.wall()
    const made = intended(
      { failover: name, key, operation, params: asJson(params), print, ...(how.of === undefined ? {} : { of: how.of }) },
      now,
    )
    const owner = how.of === undefined ? {} : { owner: (await ownerOf(how.of, key)).owner }
    const intent: Intent = { ...made, ...owner, queued: true, owed: true, dueAt: now + (how.in === undefined ? 0 : INTENDED_MS) }
    const write =
      how.in === undefined ? () => ledger.write(intent, 0) : () => (ledger as PostgresLedger).writeBy(how.in!, intent, 0)
    if (how.in !== undefined && typeof (ledger as PostgresLedger).writeBy !== 'function')
      throw new TypeError('intend({ in }) needs the PostgreSQL ledger')
    const written = await write().catch(error => {
      throw ledgerError(name, key, error)
    })
    // Meant before: the same is the same, another is refused.
    if (!written && (await read(key))?.intent.print !== print) throw keyReusedError(name, key)
    if (how.in === undefined) background.wake()
  }

  async function saw(provider: string, key: string, value: R): Promise<boolean> {
    const found = await ledger.find(name, key)
    if (found === undefined) return false
    const seen = providers.get(provider)?.judge({ value })
    if (seen?.ran !== 'yes') return true
    await change(e, found.intent.key, intent =>
      intent.state === 'ok' && intent.owner === provider ? intent : succeeded(intent, provider, asJson(value), ledger.wall()),
    )
    return true
  }

  const { need } = e.traffic
  return Object.freeze({
    name,
    reading: need.reading,
    watch: need.watch,
    call,
    intend,
    look: async (key: string) => (await ledger.read(name, key))?.intent,
    saw,
    reconcile: background.run,
    ...failoverPart(e, background),
  })
}

function readKey(key: unknown): string {
  if (typeof key !== 'string' || key === '' || key.length > 200)
    throw new TypeError(
      'how.key must be a text of 1 … 200 characters: one for each thing that is meant, such as the order’s number',
    )
  return key
}
