// What the loops of a failover share: its providers, ledger, clock and traffic. And the one way to change an intent that somebody else may
// be changing too: read, change, write if nobody was first, else again.
import { randomUUID } from 'node:crypto'
import type { Clock, Events, Json } from '../core/index.ts'
import { dated } from './changes.ts'
import { type Intent, isDecided } from './intent.ts'
import type { Kept, Ledger } from './ledger.ts'
import type { FailoverOptions, Numbers } from './options.ts'
import type { Provider } from './provider.ts'
import type { Promises } from './rule.ts'
import type { Traffic } from './traffic.ts'

export interface Engine {
  readonly name: string
  /** Of its part and its events. */
  readonly path: string
  readonly holder: string
  readonly providers: ReadonlyMap<string, Provider<never, unknown>>
  readonly promises: (provider: string) => Promises | undefined
  readonly ledger: Ledger
  readonly clock: Clock
  readonly events: Events
  readonly numbers: Numbers
  readonly traffic: Traffic
  readonly duplicates: 'never' | 'tolerated'
  readonly twice: NonNullable<FailoverOptions<never, unknown>['twice']>
  /** An intent was parked, or is owed to the app: the reconciler looks at once. */
  wake(): void
}

/** Unique on all machines. */
export const holderName = () => `${process.pid}.${randomUUID().slice(0, 8)}`

const MOST_TRIES = 50

/** Undefined: there is no such intent. */
export async function change(e: Engine, key: string, fn: (intent: Intent) => Intent): Promise<Kept | undefined> {
  for (let n = 0; n < MOST_TRIES; n++) {
    const kept = await e.ledger.read(e.name, key)
    if (kept === undefined) return undefined
    const next = settle(e, fn(kept.intent))
    if (next === kept.intent) return kept
    if (await e.ledger.write(next, kept.version)) {
      tell(e, kept.intent, next)
      return { intent: next, version: kept.version + 1 }
    }
  }
  throw new Error(`${key} was changed by others ${MOST_TRIES} times in a row`)
}

/** Dates what is decided and not finished with. */
export function settle(e: Engine, intent: Intent): Intent {
  const settles = [...e.providers.keys()].map(name => e.promises(name)!.settlesMs)
  return dated(intent, e.ledger.wall(), Math.max(...settles))
}

/** Tells what changed, once it is written: never before, never twice. */
export function tell(e: Engine, before: Intent, now: Intent): void {
  const { key, operation } = now
  const facts = { key, operation }
  if (isDecided(now) && (before.state !== now.state || before.owner !== now.owner)) {
    if (before.state === 'not_done' || before.state === 'declined') {
      if (now.state === 'ok')
        e.events.emit(
          'failover.late_success',
          e.path,
          { ...facts, provider: now.owner ?? '', before: before.state },
          { level: 'alarm' },
        )
    }
    const level = now.owed ? 'info' : 'debug'
    const provider = now.owner ?? now.decline?.provider
    const afterMs = Math.round((now.decidedAt ?? now.madeAt) - now.madeAt)
    e.events.emit(
      'failover.decided',
      e.path,
      { ...facts, as: now.state as 'ok', ...(provider === undefined ? {} : { provider }), afterMs, tries: now.attempts.length },
      { level },
    )
  }
  if (now.state === 'pending' && before.state !== 'pending') {
    const last = now.attempts.at(-1)
    e.traffic.parked(last?.provider ?? '')
    e.events.emit(
      'failover.parked',
      e.path,
      { ...facts, provider: last?.provider ?? 'none', why: last?.says ?? 'no answer' },
      { level: 'warn' },
    )
  }
  if (now.state === 'unresolved' && before.state !== 'unresolved') {
    const last = now.attempts.at(-1)
    e.events.emit(
      'failover.unresolved',
      e.path,
      { ...facts, ...(last === undefined ? {} : { provider: last.provider }), why: last?.says ?? 'no answer' },
      { level: 'alarm' },
    )
  }
  if (now.twice.length > before.twice.length) {
    const providers = [now.owner ?? '', ...now.twice.map(one => one.provider)]
    e.events.emit('failover.done_twice', e.path, { ...facts, providers, undone: now.twice.at(-1)!.undone }, { level: 'alarm' })
  }
  if (now.owed && now.dueAt !== undefined) e.wake()
}

/** As it will be read back: what can't be kept is left out. */
export function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value) ?? 'null') as Json
}
