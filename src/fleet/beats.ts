// The beat: the only place that asks the engine by itself. One question at a time, each with its end; what came last stays when nothing comes.
//
//   timer ─► sign of life and reading, one round trip ─┬ answered ─► documents merged ─► hooks (leases, permits, forces …), one after another
//                                                      └ late, refused ─► a miss; from the third on: blind, and asked less often
import { outsideFrames, type Undo } from '../core/index.ts'
import type { Counts, Stored } from './engine.ts'
import { blindError, contendedError, lateError } from './errors.ts'
import './events.ts'
import type { Json } from '../core/index.ts'
import type { Settings } from './options.ts'
import { after, within } from './timers.ts'

export interface Sight {
  /** On this machine's clock, when the newest answer was asked for … */
  readonly askedAt: number
  /** … and the engine's when it gave it: later than that, never earlier. */
  readonly now: number
  /** Of the last beat. */
  readonly beatAt: number
  readonly nodes: Counts
  readonly hints: Readonly<Record<string, number>>
}

export interface Changed {
  readonly value: Json
  /** What an `until` of the engine's is on this machine's clock. */
  readonly local: (until: number) => number
}

export interface Beats {
  sight(): Sight | undefined
  blind(): boolean
  misses(): number
  /** Resolves when there is a reading, or when the first ones fail: just after a start there is none yet. */
  first(): Promise<void>
  document(key: string): Json
  keys(): readonly string[]
  /** What an `until` of the engine's is on this machine's clock: the lease ends there or later. */
  local(until: number): number
  /** Compare-and-set, again while others are faster. `fn` gives what is to be written; undefined: not allowed. Rejects when it can't be known. */
  change(key: string, fn: (value: Json, now: number) => Json | undefined): Promise<Changed | undefined>
  /** After each answered beat, in the order given. */
  hook(fn: () => unknown): Undo
  /** Whenever it becomes blind or sees again. */
  onBlind(fn: (blind: boolean) => void): Undo
  start(): void
  /** Beats now. */
  wake(): void
  stop(): void
  /** Someone waits for the fleet: the process must not end meanwhile. */
  holdProcess(): Undo
}

/** So many in a row, and it is blind. */
const MISSES = 3
const BLIND_CAP_MS = 10_000
const TRIES = 5

export function beats(s: Settings): Beats {
  const { engine, clock, events, path } = s
  const documents = new Map<string, Stored>()
  const hooks = new Set<() => unknown>()
  const blindWatchers = new Set<(blind: boolean) => void>()
  let sight: Sight | undefined
  let misses = 0
  let blindSince: number | undefined
  let asking = false
  let working = false
  let running = false
  let held = 0
  let timer: Undo = () => {}
  const firsts: (() => void)[] = []

  const versions = () => Object.fromEntries([...documents].map(([key, { version }]) => [key, version]))
  const answered = (askedAt: number, now: number) => {
    // An answer that was overtaken tells nothing new of the time.
    if (sight !== undefined && askedAt >= sight.askedAt) sight = { ...sight, askedAt, now }
  }
  const keep = (key: string, stored: Stored) => {
    if (stored.version >= (documents.get(key)?.version ?? 0)) documents.set(key, stored)
  }

  async function ask() {
    const askedAt = clock.now()
    const { fleet, node, lostMs, forgetMs, timeoutMs } = s
    const [info, sick, hints] = [safely(s.info, null), safely(s.sick, true), safely(s.hints, [])]
    const beat = { fleet, node, info, sick, hints, ttlMs: lostMs, forgetMs, known: versions() }
    const seen = await within(clock, timeoutMs, engine.beat(beat, timeoutMs), engine.kind)
    const first = sight === undefined
    // Newer or older: after a failed-over engine it is the engine that is right.
    for (const [key, stored] of Object.entries(seen.changed)) documents.set(key, stored)
    sight = { askedAt, now: seen.now, beatAt: askedAt, nodes: seen.nodes, hints: seen.hints }
    const machines = seen.nodes.alive
    if (first) events.emit('fleet.joined', path, { fleet, node, engine: engine.kind, machines })
    misses = 0
    if (blindSince !== undefined) {
      events.emit('fleet.sighted', path, { forMs: Math.round(clock.now() - blindSince), machines })
      blindSince = undefined
      for (const fn of [...blindWatchers]) tell(() => fn(false))
    }
  }
  function missed(error: unknown) {
    misses++
    if (misses < MISSES || blindSince !== undefined) return
    blindSince = clock.now()
    const why = error instanceof Error ? error.message : String(error)
    events.emit('fleet.blind', path, { engine: engine.kind, why, misses }, { level: 'warn' })
    for (const fn of [...blindWatchers]) tell(() => fn(true))
  }

  async function beat() {
    if (asking) return missed(lateError(engine.kind, s.timeoutMs))
    asking = true
    try {
      await ask()
    } catch (error) {
      missed(error)
      return
    } finally {
      asking = false
      for (const one of firsts.splice(0)) one()
    }
    if (working || !running) return
    working = true
    for (const hook of [...hooks]) {
      try {
        await hook()
      } catch (error) {
        // The engine's fault is the next beat's to tell; anything else is told here.
        if ((error as { code?: unknown } | null)?.code !== 'SELFHEAL_FLEET_BLIND')
          tell(() => {
            throw error
          })
      }
    }
    working = false
  }
  function next(waitMs: number) {
    timer()
    if (!running) return
    timer = outsideFrames(() => after(clock, waitMs, held === 0, tick))
  }
  function tick() {
    void beat().then(
      () => next(wait()),
      () => next(wait()),
    )
  }
  const wait = () => {
    const slower = Math.min(Math.max(BLIND_CAP_MS, s.beatMs), s.beatMs * 2 ** Math.max(0, misses - MISSES))
    return slower * (0.9 + 0.2 * s.random())
  }
  function tell(fn: () => void) {
    try {
      fn()
    } catch (error) {
      events.emit(
        'fleet.listener_failed',
        path,
        { message: error instanceof Error ? error.message : String(error) },
        { level: 'warn' },
      )
    }
  }

  const self: Beats = {
    sight: () => sight,
    blind: () => blindSince !== undefined || sight === undefined,
    misses: () => misses,
    async first() {
      if (sight !== undefined || !running || misses > 0) return
      const letGo = self.holdProcess()
      await new Promise<void>(resolve => void firsts.push(resolve))
      letGo()
    },
    document: key => documents.get(key)?.value ?? null,
    keys: () => [...documents.keys()],
    local: until => (sight === undefined ? Number.NEGATIVE_INFINITY : sight.askedAt + until - sight.now),
    async change(key, fn) {
      await self.first()
      if (sight === undefined) throw blindError(key)
      for (let tries = 0; tries < TRIES; tries++) {
        const { version, value } = documents.get(key) ?? { version: 0, value: null }
        const { askedAt, now } = sight
        const wanted = fn(value, now)
        if (wanted === undefined) return undefined
        const sentAt = clock.now()
        const written = await within(
          clock,
          s.timeoutMs,
          engine.write(s.fleet, key, wanted, version, s.timeoutMs),
          engine.kind,
        ).catch(error => {
          throw blindError(key, error)
        })
        keep(key, written.stored)
        answered(sentAt, written.now)
        if (written.done) return { value: wanted, local: until => askedAt + until - now }
      }
      throw contendedError(key)
    },
    hook(fn) {
      hooks.add(fn)
      return () => void hooks.delete(fn)
    },
    onBlind(fn) {
      blindWatchers.add(fn)
      return () => void blindWatchers.delete(fn)
    },
    start() {
      if (running) return
      running = true
      next(0)
    },
    wake: () => next(0),
    stop() {
      running = false
      timer()
      for (const one of firsts.splice(0)) one()
    },
    holdProcess() {
      let on = true
      if (held++ === 0 && running && !asking) next(wait() * s.random())
      return () => {
        if (on) held--
        on = false
      }
    },
  }
  return Object.freeze(self)
}

function safely<T>(fn: () => T, otherwise: T): T {
  try {
    return fn()
  } catch {
    return otherwise
  }
}
