// Permits to restart: a machine that wants a new life (reload, leak, age, configuration) waits for one, so that at most k do at a time. What
// crashed restarts without one. One at a time here as well: the next waits for the one before.
//
//   asked ─► every beat: most machines well, fewer than k held? ─► granted ─► work ─► given back
//              └ the engine is silent ─► a time drawn by chance within max(60 s, 30 × restart) ─► work, without one
import type { Json, Undo } from '../core/index.ts'
import type { Beats } from './beats.ts'
import { leftError } from './errors.ts'
import './events.ts'
import type { Settings } from './options.ts'
import { givenBack, granted, mostlySick, permitsFor, permitsOf, renewed } from './rule.ts'

export interface RestartPermit {
  /** 0: by chance, without the engine. */
  readonly token: number
  /** Aborts when it has run out under the work: others may restart from here. Finish the step, begin no other. */
  readonly signal: AbortSignal
  remaining(): number
}

export interface PermitHow {
  /** Aborts the wait. */
  readonly signal?: AbortSignal
}

export interface PermitsOfNode {
  /** Runs `work` under a permit. Rejects with the work's own error, with the signal's reason, or when the machine leaves the fleet. */
  run<T>(what: string, work: (permit: RestartPermit) => Promise<T> | T, how?: PermitHow): Promise<T>
  waiting(): readonly { readonly what: string; readonly sinceMs: number; readonly why: string }[]
  /** Nobody gets one here any more. */
  close(): Promise<void>
}

interface Waiter {
  readonly what: string
  readonly since: number
  readonly go: (permit: RestartPermit) => void
  readonly fail: (error: unknown) => void
  why: string
}
interface Own {
  readonly token: number
  readonly what: string
  readonly controller: AbortController
  endsAt: number
  renewAt: number
  end: Undo
}

const KEY = 'permits'
const LEAST_WINDOW_MS = 60_000

export function permits(s: Settings, beats: Beats): PermitsOfNode {
  const { clock, events, path, node, permitMs } = s
  const windowMs = Math.max(LEAST_WINDOW_MS, 30 * s.restartMs)
  let waiter: Waiter | undefined
  let own: Own | undefined
  let owed: number | undefined
  let byChance: Undo = () => {}
  let turn: Promise<unknown> = Promise.resolve()
  let closed = false

  const back = (token: number) =>
    beats
      .change(KEY, value => givenBack(permitsOf(value), node, token) as unknown as Json | undefined)
      .then(() => (owed = undefined))
  /** Its end on this machine's clock, less the margin; a third of its time before that it is renewed. */
  const dated = (until: number, local: (until: number) => number) => {
    const endsAt = local(until) - s.marginOf(permitMs)
    return { endsAt, renewAt: endsAt - permitMs / 2 }
  }
  const arm = (one: Own) => {
    one.end()
    one.end = clock.after(one.endsAt - clock.now(), () => lose(one))
  }
  const lose = (one: Own) => {
    if (own !== one) return
    one.end()
    own = undefined
    events.emit('fleet.permit_lost', path, { what: one.what, token: one.token }, { level: 'warn' })
    one.controller.abort(new Error(`the permit to restart (${one.what}) has run out`))
  }

  async function seek(one: Waiter) {
    const sight = beats.sight()!
    if (mostlySick(sight.nodes)) return void (one.why = 'more than half of the machines are sick')
    const most = permitsFor(sight.nodes.alive)
    let full = 0
    const changed = await beats.change(KEY, (value, now) => {
      full = permitsOf(value).held.length
      return granted(permitsOf(value), node, one.what, now, permitMs, most) as unknown as Json | undefined
    })
    if (changed === undefined) return void (one.why = `${full} of ${most} permits are held`)
    const mine = permitsOf(changed.value).held.find(p => p.node === node)!
    const dates = dated(mine.until, changed.local)
    if (waiter !== one || dates.endsAt <= clock.now()) {
      owed = mine.token
      return void (await back(mine.token))
    }
    waiter = undefined
    const holder: Own = { token: mine.token, what: one.what, controller: new AbortController(), ...dates, end: () => {} }
    own = holder
    arm(holder)
    const held = permitsOf(changed.value).held.length
    events.emit('fleet.permit_granted', path, {
      what: one.what,
      token: mine.token,
      waitedMs: Math.round(clock.now() - one.since),
      held,
      most,
    })
    one.go({
      token: mine.token,
      signal: holder.controller.signal,
      remaining: () => (own === holder ? Math.max(0, holder.endsAt - clock.now()) : 0),
    })
  }
  async function renew(one: Own) {
    if (clock.now() >= one.endsAt) return lose(one)
    if (clock.now() < one.renewAt) return
    const changed = await beats.change(
      KEY,
      (value, now) => renewed(permitsOf(value), node, one.token, now, permitMs) as unknown as Json | undefined,
    )
    if (own !== one) return
    if (changed === undefined) return lose(one)
    Object.assign(one, dated(permitsOf(changed.value).held.find(p => p.node === node)!.until, changed.local))
    arm(one)
  }
  function chance(one: Waiter) {
    byChance()
    if (!beats.blind()) return
    one.why = 'the engine does not answer: at a time by chance'
    byChance = clock.after(s.random() * windowMs, () => {
      // What was last seen of the others still counts.
      const sight = beats.sight()
      if (waiter !== one || !beats.blind() || (sight !== undefined && mostlySick(sight.nodes))) return
      waiter = undefined
      events.emit(
        'fleet.permit_by_chance',
        path,
        { what: one.what, waitedMs: Math.round(clock.now() - one.since), windowMs },
        { level: 'warn' },
      )
      one.go({ token: 0, signal: new AbortController().signal, remaining: () => permitMs })
    })
  }

  beats.hook(async () => {
    if (own !== undefined) await renew(own)
    if (owed !== undefined && own === undefined) await back(owed)
    if (waiter !== undefined && own === undefined) await seek(waiter)
  })
  beats.onBlind(() => {
    if (waiter !== undefined) chance(waiter)
  })

  async function one<T>(what: string, work: (permit: RestartPermit) => Promise<T> | T, { signal }: PermitHow): Promise<T> {
    if (closed) throw leftError()
    signal?.throwIfAborted()
    const letGo = beats.holdProcess()
    let stop = () => {}
    try {
      const permit = await new Promise<RestartPermit>((resolve, reject) => {
        const mine: Waiter = { what, since: clock.now(), why: 'its first beat', go: resolve, fail: reject }
        waiter = mine
        stop = () => {
          if (waiter === mine) waiter = undefined
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', stop, { once: true })
        if (beats.blind()) chance(mine)
      })
      return await work(permit)
    } finally {
      signal?.removeEventListener('abort', stop)
      byChance()
      letGo()
      await giveUp()
    }
  }
  async function giveUp() {
    const mine = own
    own = undefined
    if (mine === undefined) return
    mine.end()
    owed = mine.token
    // Not done: it is owed, and given back at a later beat, or runs out.
    await back(mine.token).catch(() => undefined)
  }

  return Object.freeze({
    run<T>(what: string, work: (permit: RestartPermit) => Promise<T> | T, how: PermitHow = {}): Promise<T> {
      const mine = turn.then(() => one(what, work, how))
      turn = mine.catch(() => undefined)
      return mine
    },
    waiting: () =>
      waiter === undefined ? [] : [{ what: waiter.what, sinceMs: Math.round(clock.now() - waiter.since), why: waiter.why }],
    async close() {
      closed = true
      byChance()
      const one = waiter
      waiter = undefined
      one?.fail(leftError())
      await giveUp()
    },
  })
}
