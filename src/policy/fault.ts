// fault(): makes calls fail, late, wrong or hang on purpose, innermost, so that everything around it is tried for real. It can't be left on
// by accident: it is off until on() is called, always for a time (at most an hour), for a reason, by someone; a new process begins without,
// production refuses it unless it is told twice, and faultsOff() ends all of them at once.
import {
  type Clock,
  ConfigError,
  type Duration,
  defaultEvents,
  durationMs,
  type Events,
  type Json,
  type Part,
  systemClock,
  type Undo,
  type Who,
} from '../core/index.ts'
import type { Call, Policy } from './call.ts'
import { channels } from './channels.ts'
import type { GuardedCall } from './guarded-call.ts'
import { faults, type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from './policy.ts'
import { Reader } from './read-options.ts'
import { REFUSALS, refusal } from './refusal.ts'
import { pathFor, register } from './registry.ts'

/** One of the four kinds. */
export type FaultKind =
  /** Throws this; `true`: a refusal of ours that says so, which surely did not run. */
  | { readonly error: true | Error | ((call: Call) => unknown) }
  /** Waits before the work, up to `jitter` longer; 'infinity' hangs until the caller is answered. */
  | { readonly latency: Duration | 'infinity'; readonly jitter?: Duration }
  /** Answers with this instead of doing the work. */
  | { readonly outcome: unknown }
  /** Does this before the work: close a socket, fill a disk. */
  | { readonly behaviour: (call: Call) => void | PromiseLike<void> }

export type FaultOn = FaultKind & {
  /** How long, at most an hour; it then ends by itself. */
  readonly for: Duration
  /** Share of calls, from 0 to 1. Default 1. */
  readonly rate?: number
  /** Which calls. Default all. */
  readonly scope?: (call: Call) => boolean
  /** Who, and why: kept in the journal. */
  readonly by: string
  readonly why: string
}

export interface FaultState {
  readonly kind: 'error' | 'latency' | 'outcome' | 'behaviour'
  readonly leftMs: number
  readonly rate: number
  readonly by: string
  readonly why: string
}

export interface Fault extends Policy, Part {
  /** From now on, until its time is over or the undo is called. One at a time: the next replaces it. */
  on(what: FaultOn): Undo
  off(): void
  state(): FaultState | undefined
}

export interface FaultOptions extends Named {
  /** Allows it where NODE_ENV is production. Default false. */
  readonly inProduction?: boolean
}

const MOST_MS = 3_600_000
const KINDS = ['error', 'latency', 'outcome', 'behaviour'] as const

interface On {
  readonly what: FaultOn
  readonly kind: FaultState['kind']
  readonly rate: number
  readonly until: number
  readonly latencyMs: number
  readonly jitterMs: number
}

const running = new Set<FaultCore>()

/** Ends every fault of this process: the one switch. Says how many. */
export function faultsOff(): number {
  const all = [...running]
  for (const core of all) core.off('the switch for all')
  return all.length
}

export class FaultCore {
  readonly name: string
  readonly clock: Clock
  readonly events: Events
  readonly random: () => number
  injected = 0
  #on: On | undefined
  readonly #inProduction: boolean

  constructor(name: string, given: FaultOptions) {
    this.name = name
    this.clock = given.clock ?? systemClock
    this.events = given.events ?? defaultEvents
    this.random = given.random ?? Math.random
    this.#inProduction = given.inProduction === true
  }

  on(what: FaultOn): Undo {
    const on = this.#read(what)
    this.#on = on
    running.add(this)
    const { by, why } = what
    this.events.emit(
      'fault.on',
      this.name,
      { kind: on.kind, rate: on.rate, forMs: on.until - this.clock.now(), by, why },
      { level: 'warn' },
    )
    return () => {
      if (this.#on === on) this.off('undone')
    }
  }

  off(why: string): void {
    if (this.#on === undefined) return
    this.#on = undefined
    running.delete(this)
    this.events.emit('fault.off', this.name, { why, injected: this.injected })
  }

  state(): FaultState | undefined {
    const on = this.#current()
    if (on === undefined) return undefined
    const { by, why } = on.what
    return Object.freeze({ kind: on.kind, leftMs: on.until - this.clock.now(), rate: on.rate, by, why })
  }

  #current(): On | undefined {
    if (this.#on !== undefined && this.clock.now() >= this.#on.until) this.off('its time is over')
    return this.#on
  }

  /** Does what is on, then the work, if it still comes to that. */
  around(c: GuardedCall, work: (call: Call) => unknown): unknown {
    const on = this.#on === undefined ? undefined : this.#current()
    if (on === undefined || (on.rate < 1 && this.random() >= on.rate) || on.what.scope?.(c) === false) return work(c)
    this.injected++
    if (channels.fault.hasSubscribers) channels.fault.publish({ guard: this.name, key: c.key, kind: on.kind })
    const { what } = on
    if ('outcome' in what) return what.outcome
    if ('behaviour' in what) return Promise.resolve(what.behaviour(c)).then(() => work(c))
    if ('latency' in what) return this.#later(c, on.latencyMs + this.random() * on.jitterMs).then(() => work(c))
    const { error } = what
    throw error === true ? refusal(REFUSALS.fault, this.name, c.key) : typeof error === 'function' ? error(c) : error
  }

  #later(c: GuardedCall, ms: number): Promise<void> {
    const { signal } = c
    return new Promise((resolve, reject) => {
      const undo = ms === Number.POSITIVE_INFINITY ? () => {} : this.clock.after(ms, resolve)
      const heard = () => {
        undo()
        reject(signal.reason)
      }
      signal.addEventListener('abort', heard, { once: true })
    })
  }

  #read(what: FaultOn): On {
    const read = new Reader()
    const given = read.object(what, '', [...KINDS, 'jitter', 'for', 'rate', 'scope', 'by', 'why'])
    const kinds = KINDS.filter(kind => kind in given)
    if (kinds.length !== 1) read.bad('kind', `must be one of ${KINDS.join(', ')}: ${kinds.length} are said`)
    const forMs = durationMs(given['for'])
    if (forMs === undefined || forMs === 0 || forMs > MOST_MS)
      read.bad('for', 'must be more than 0 and at most an hour: it ends by itself')
    for (const name of ['by', 'why'])
      if (typeof given[name] !== 'string' || given[name] === '') read.bad(name, 'must be said, as a text')
    const rate = read.share(given['rate'], 'rate', 1)
    read.fn(given['scope'], 'scope')
    const latencyMs = read.duration(given['latency'], 'latency', 0)
    const jitterMs = read.duration(given['jitter'], 'jitter', 0)
    if (process.env['NODE_ENV'] === 'production' && !this.#inProduction)
      read.bad('NODE_ENV', 'is production: a fault must be told twice there (fault({ inProduction: true }))')
    if (read.faults.length > 0) throw new ConfigError(this.name, read.faults)
    return { what, kind: kinds[0]!, rate, until: this.clock.now() + forMs!, latencyMs, jitterMs }
  }
}

/** What can be told from outside: an error (`true`, or what it says), a latency or an outcome, for what share of calls; until when is `who`'s. */
function asked(args: Json, { by, why, until }: Who, clock: Clock): FaultOn {
  const { error, ...rest } = (args ?? {}) as { readonly error?: true | string }
  return {
    ...rest,
    ...(error === undefined ? {} : { error: error === true ? true : new Error(error) }),
    ...(until === undefined ? {} : { for: until - clock.wall() }),
    by,
    why,
  } as unknown as FaultOn
}

export function fault(options: FaultOptions = {}): Fault {
  const read = new Reader()
  const given = read.object(options, '', [...SURROUNDINGS, 'inProduction']) as FaultOptions
  const name = readNamed(given as Readonly<Record<string, unknown>>, 'fault', read)
  read.done(name)
  const core = new FaultCore(name, given)
  const face: Fault = Object.freeze({
    path: pathFor(name),
    kind: 'fault',
    snapshot: (): Json => ({ injected: core.injected, on: (core.state() ?? null) as Json }),
    verbs: Object.freeze({
      async on(args: Json, who: Who) {
        core.on(asked(args, who, core.clock))
        return { on: (core.state() ?? null) as Json }
      },
      async off() {
        core.off('asked to')
        return { off: true }
      },
    }),
    ...policyOf(newEngine(name, given, { fault: core })),
    on: (what: FaultOn) => core.on(what),
    off: () => core.off('asked to'),
    state: () => core.state(),
  })
  faults.set(face, core)
  return register(face, core)
}
