// reads(): an answer from the first source that has one: the primary, then its replicas, then the copy of the last good answer, with its
// age. Each source has its own guard and health; here is only the order. What the caller did wrong goes nowhere else, and writes have no
// place here: a replica would refuse them, a copy would lie about them.
import {
  type Clock,
  ConfigError,
  createEvents,
  type Duration,
  durationMs,
  type Events,
  type Fault,
  type Json,
  type Judgement,
  type Part,
  systemClock,
} from '../core/index.ts'
import { type Call, deadline, stale } from '../policy/index.ts'
import type { Heal } from './adapter.ts'
import './events.ts'

export interface ReadsOptions<S> {
  /** Best first: the primary, then its replicas. At least one; each is asked with its own guard. */
  readonly from: readonly S[]
  /** In events and its path. Default reads. */
  readonly name?: string
  readonly path?: string
  /** A copy older than this is not given. 0: none is kept. Default 5 min. */
  readonly maxAge?: Duration
  /** How many copies are kept in memory; the one not renewed for longest goes first. Minimum 1. Default 1,000. */
  readonly most?: number
  /** A source is waited for so long while there is something after it. Default 2 s. */
  readonly patience?: Duration
  readonly clock?: Clock
  readonly events?: Events
}

export interface ReadAnswer<R> {
  readonly value: R
  /** The source's name, or 'copy'. */
  readonly from: string
  /** Of a copy, in milliseconds: show it. */
  readonly ageMs?: number
}

export interface Reads<S> extends Part {
  readonly name: string
  /**
   * `key` names what is asked, with everything its answer depends on, the visitor included: its copy is given under it. Rejects with the
   * first source's error when no source answered and no copy is young enough. `copy: false`: this one is neither kept nor given so.
   */
  read<R>(key: string, ask: (source: S) => R | PromiseLike<R>, how?: { readonly copy?: boolean }): Promise<ReadAnswer<R>>
}

type Source = { readonly heal: Pick<Heal, 'name' | 'judge'> }

/** Throws ConfigError. */
export function reads<S extends Source>(options: ReadsOptions<S>): Reads<S> {
  const { from, name = 'reads', clock = systemClock, most = 1_000 } = options
  const { path = name, events = createEvents({ clock }) } = options
  const faults: Fault[] = []
  const duration = (value: Duration, at: string) => {
    const ms = durationMs(value)
    if (ms === undefined || ms < 0) faults.push({ at, says: "must be a duration, such as '5m'" })
    return ms ?? 0
  }
  const maxAgeMs = duration(options.maxAge ?? 300_000, 'maxAge')
  const patienceMs = duration(options.patience ?? 2_000, 'patience')
  if (from.length === 0) faults.push({ at: 'from', says: 'must name at least one dependency' })
  if (!Number.isInteger(most) || most < 1) faults.push({ at: 'most', says: 'must be a whole number above 0' })
  const names = from.map(one => one.heal.name)
  if (new Set(names).size < names.length)
    faults.push({ at: 'from', says: `has two of one name (${names.join(', ')}): give each its own` })
  if (faults.length > 0) throw new ConfigError(`reads ${name}`, faults)

  const ranks = [...names, 'copy']
  const served: Record<string, number> = Object.fromEntries(ranks.map(one => [one, 0]))
  let last = names[0]!
  const copies = stale({
    name,
    clock,
    events,
    maxAge: Math.max(1, maxAgeMs),
    maxKeys: most,
    mark: (found, ageMs) => ({ ...(found as ReadAnswer<unknown>), from: 'copy', ageMs }),
  })

  const tell = (to: string, why: string) => {
    served[to]!++
    if (to === last) return
    const worse = ranks.indexOf(to) > ranks.indexOf(last)
    events.emit('dependency.reads_moved', path, { from: last, to, why }, { level: worse ? 'warn' : 'info' })
    last = to
  }

  async function answer<R>(key: string, ask: (source: S) => R | PromiseLike<R>, copy: boolean): Promise<ReadAnswer<R>> {
    let first: { readonly error: unknown; readonly judgement: Judgement } | undefined
    const sources = async (): Promise<ReadAnswer<R>> => {
      for (const [i, source] of from.entries()) {
        try {
          const bounded = i < from.length - 1 || copy
          // Inside an async function, so that what is thrown at once is an answer too.
          const value = bounded ? await deadline.run(patienceMs, async () => ask(source), { clock }) : await ask(source)
          return { value, from: source.heal.name }
        } catch (error) {
          const judgement = source.heal.judge({ error })
          first ??= { error, judgement }
          if (judgement.blame === 'caller') throw error
        }
      }
      throw first!.error
    }
    const judge = (came: object): Judgement => ('error' in came ? (first?.judgement ?? OURS) : GOOD)
    const found = await (copy ? copies.around(sources, { key } as Call, judge) : sources())
    tell(found.from, first === undefined ? 'it answers' : textOf(first.error))
    return Object.freeze(found)
  }

  return Object.freeze({
    name,
    path,
    kind: 'reads',
    read: (key, ask, how = {}) => answer(key, ask, maxAgeMs > 0 && how.copy !== false),
    snapshot: (): Json => ({ from: last, order: names, maxAgeMs, served: { ...served } }),
  } satisfies Reads<S>)
}

const GOOD: Judgement = Object.freeze({ ran: 'yes', blame: 'none' })
const OURS: Judgement = Object.freeze({ ran: 'no', blame: 'us' })

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 300)
