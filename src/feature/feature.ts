// A feature: something a user can do, with what it needs. Watches its needs, its operator and the whole app, and keeps the time of looks
// and ends; what follows from them rule.ts and reading.ts say. It breaks nothing and mends nothing: it tells, and whoever shows it acts.
import {
  all,
  type Cause,
  type Clock,
  createEvents,
  type Events,
  type Json,
  type Mode,
  type Need,
  type Part,
  quietAfter,
  type Reading,
  type ShownFeature,
  settableNeed,
  systemClock,
  type Undo,
} from '../core/index.ts'
import './events.ts'
import { type FeatureOptions, settle } from './options.ts'
import { memoryOverrides, type Override } from './overrides.ts'
import { allowedBy, causesOf, joined, needsBound, operatorBound, wholeBound } from './reading.ts'
import { badLook, firstState, isLower, look } from './rule.ts'
import { shownFeature } from './shown.ts'
import { operatorVerbs } from './verbs.ts'
import { type RunOptions, runWhenOn, type WaitOptions, waitUntilOn } from './waiting.ts'

export interface Feature extends Need, Part {
  mode(): Mode
  /** What visitors may know of it. */
  shown(): ShownFeature
  /** Resolves when it is on. Rejects with the signal's reason. */
  wait(options?: WaitOptions): Promise<void>
  /** Runs `fn` when it is on; else waits, or gives `otherwise()`, or is refused with RejectedError SELFHEAL_FEATURE_OFF. */
  run<T>(fn: () => T | Promise<T>, options?: RunOptions<T>): Promise<T>
  /** Looks no more. Its last reading stays. */
  close(): void
}

interface Moment {
  readonly now: number
  readonly wall: number
}

export function feature(name: string, options: FeatureOptions): Feature {
  const { needs, hysteresis, probe, withinMs, ...how } = settle(name, options)
  const clock: Clock = options.clock ?? systemClock
  const events: Events = options.events ?? createEvents({ clock })
  const overrides = options.overrides ?? memoryOverrides()
  const path = options.path ?? `features/${name}`
  const need = all(...needs)

  let state = firstState(allowedBy(need.reading().usable, how))
  let causes: readonly Cause[] = causesOf(needs)
  let since = { now: clock.now(), wall: clock.wall() }
  let probing = false
  let dueAt = Number.POSITIVE_INFINITY
  let undoTimer: Undo = () => {}
  let closed = false

  const override = (): Override | undefined => overrides.all()[name]
  const time = () => ({ now: clock.now(), wall: clock.wall() })
  const computed = (at: Moment) =>
    joined([
      operatorBound(override(), how.onlyReads, at.wall),
      needsBound(state, causes, need.reading().backAt, hysteresis, at),
      wholeBound(options.whole, how.onlyReads),
    ])
  const first = computed(since)
  let mode = first.mode
  const told = settableNeed(name, readingOf(first, since.wall))

  // ── A look: what the needs allow now, and what follows
  const lookNow = () => {
    if (closed) return
    const { now } = time()
    const allowed = allowedBy(need.reading().usable, how)
    const better = isLower(state.mode, allowed)
    if (!better) causes = causesOf(needs)
    const mayLook = !state.held && (state.lookAt === undefined || now >= state.lookAt)
    if (better && probe !== undefined && mayLook && state.returns.length < hysteresis.most) return void tryWrite(probe)
    const wasHeld = state.held
    state = look(state, allowed, now, hysteresis)
    if (state.held && !wasHeld) {
      const { most, inMs } = hysteresis
      events.emit('feature.held', path, { feature: name, returns: most, inMs, forMs: state.lookAt! - now }, { level: 'warn' })
    }
    tell()
  }

  // ── A look that writes. One at a time; a change heard meanwhile is seen after it.
  const tryWrite = (write: () => Promise<unknown>) => {
    if (probing) return
    probing = true
    let undo: Undo = () => {}
    const late = new Promise<boolean>(resolve => {
      undo = quietAfter(clock, withinMs, () => resolve(false))
    })
    const tried = Promise.resolve()
      .then(write)
      .then(
        answer => answer !== false,
        () => false,
      )
    void Promise.race([tried, late]).then(good => {
      undo()
      probing = false
      if (closed) return
      const allowed = allowedBy(need.reading().usable, how)
      const { now } = time()
      state = good || !isLower(state.mode, allowed) ? look(state, allowed, now, hysteresis) : badLook(state, now, hysteresis)
      tell()
    })
  }

  // ── What came of it, told once
  const tell = () => {
    const at = time()
    const next = computed(at)
    const from = mode
    if (next.mode !== from) {
      const afterMs = at.now - since.now
      since = at
      mode = next.mode
      const by = next.causes.find(cause => cause.by !== undefined)?.by
      const because = next.causes.find(cause => cause.event !== undefined)?.event
      events.emit(
        'feature.changed',
        path,
        { feature: name, from, to: mode, afterMs, causes: next.causes.map(c => c.says), ...(by === undefined ? {} : { by }) },
        { level: isLower(mode, from) ? 'warn' : 'info', ...(because === undefined ? {} : { because }) },
      )
    }
    told.set(readingOf(next, since.wall))
    wake(at)
  }
  // By the moment that was judged: an end that comes in between would be nobody's.
  const wake = ({ now, wall }: Moment) => {
    undoTimer()
    const until = override()?.until
    const ends = until !== undefined && until > wall ? now + until - wall : Number.POSITIVE_INFINITY
    dueAt = Math.min(state.lookAt ?? Number.POSITIVE_INFINITY, ends)
    undoTimer = Number.isFinite(dueAt) && !closed ? quietAfter(clock, dueAt - now, lookNow) : () => {}
  }

  const undo = [
    ...needs.map(one => one.watch(lookNow)),
    overrides.watch(lookNow),
    ...(options.whole === undefined ? [] : [options.whole.watch(lookNow)]),
  ]
  wake(since)

  const reading = (): Reading => {
    // The timer may be late, and the end of an operator's mode must not be.
    if (dueAt !== Number.POSITIVE_INFINITY && clock.now() >= dueAt && !probing) lookNow()
    if (mode === 'on') return told.reading()
    const { backAt } = computed(time())
    const { backAt: _, ...rest } = told.reading()
    return backAt === undefined ? rest : { ...rest, backAt }
  }
  const self: Feature = Object.freeze({
    name,
    path,
    kind: 'feature',
    reading,
    watch: told.watch,
    mode: () => reading().state as Mode,
    shown: () => shownFeature(reading(), how.onlyReads ? undefined : how.otherwise),
    snapshot: (): Json => {
      const { usable: _, state: mode, ...rest } = reading()
      return { mode, needs: needs.map(one => one.name), otherwise: how.otherwise, ...rest } as unknown as Json
    },
    verbs: operatorVerbs({ name, path, overrides, events, clock }),
    wait: (wait?: WaitOptions) => waitUntilOn(self, clock, wait),
    run: <T>(fn: () => T | Promise<T>, run?: RunOptions<T>) => runWhenOn(self, clock, fn, run),
    close() {
      closed = true
      undoTimer()
      dueAt = Number.POSITIVE_INFINITY
      for (const one of undo) one()
    },
  })
  return self
}

function readingOf({ mode: _, ...rest }: ReturnType<typeof joined>, since: number): Reading {
  return { ...rest, since }
}
