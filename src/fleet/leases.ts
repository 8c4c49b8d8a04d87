// Leases of this machine: each is sought at every beat, renewed at every beat, and over a margin before its end on the monotonic clock,
// whatever the engine, the wall clock or the network do meanwhile.
//
//   seeking ─► taken (token) ─► renewed … ─┬ given back by whoever has it
//        ▲                                 └ end less the margin reached: its signal aborts ─► seeking
import type { Json, Undo } from '../core/index.ts'
import type { Beats } from './beats.ts'
import type { Settings } from './options.ts'
import { claimed, leaseOf, released } from './rule.ts'
import { within } from './timers.ts'

export interface Held {
  readonly token: number
  /** Aborts when it may not be relied on any more. */
  readonly signal: AbortSignal
  /** Milliseconds until then; 0 when it is over. Look before what must not be done twice. */
  remaining(): number
  giveBack(): Promise<void>
}

export interface Leases {
  /** Resolves when it is this machine's; `undefined` when `signal` aborts. */
  take(name: string, signal: AbortSignal): Promise<Held | undefined>
  held(): readonly { readonly name: string; readonly token: number; readonly remainingMs: number }[]
  giveAllBack(): Promise<void>
}

interface Own {
  readonly name: string
  readonly token: number
  readonly controller: AbortController
  /** On this machine's clock, the margin taken off. */
  endsAt: number
  end: Undo
  over: boolean
  /** Its work has stopped. */
  back: () => void
  readonly isBack: Promise<void>
}

const keyOf = (name: string) => `lease/${name}`

export function leases(s: Settings, beats: Beats): Leases {
  const { clock, events, path, node, leaseMs } = s
  const own = new Map<string, Own>()
  const seekers = new Map<string, (held: Held) => void>()

  const arm = (one: Own) => {
    one.end()
    one.end = clock.after(one.endsAt - clock.now(), () => lose(one, 'it could not be renewed in time'))
  }
  const lose = (one: Own, why: string) => {
    if (one.over) return
    one.over = true
    one.end()
    if (own.get(one.name) === one) own.delete(one.name)
    events.emit('fleet.lease_lost', path, { name: one.name, token: one.token, why }, { level: 'warn' })
    one.controller.abort(new Error(`the lease of ${one.name} is over: ${why}`))
  }
  const claim = (name: string) =>
    beats.change(keyOf(name), (value, now) => claimed(leaseOf(value), node, now, leaseMs) as unknown as Json)

  async function seek(name: string) {
    const { holder, until } = leaseOf(beats.document(keyOf(name)))
    // Held by another: nothing is written until it has run out.
    if (holder !== null && holder !== node && beats.local(until) > clock.now()) return
    const changed = await claim(name)
    const found = seekers.get(name)
    if (changed === undefined) return
    const lease = leaseOf(changed.value)
    const endsAt = changed.local(lease.until) - s.marginOf(leaseMs)
    // Nobody waits for it any more, or it came too late to be of use.
    if (found === undefined || endsAt <= clock.now()) return void (await giveBack(name, lease.token))
    seekers.delete(name)
    const { promise: isBack, resolve: back } = Promise.withResolvers<void>()
    const one: Own = {
      name,
      token: lease.token,
      controller: new AbortController(),
      endsAt,
      end: () => {},
      over: false,
      back,
      isBack,
    }
    own.set(name, one)
    arm(one)
    events.emit('fleet.lease_taken', path, { name, token: one.token })
    found({
      token: one.token,
      signal: one.controller.signal,
      remaining: () => (one.over ? 0 : Math.max(0, one.endsAt - clock.now())),
      giveBack: async () => {
        one.over = true
        one.end()
        if (own.get(name) === one) own.delete(name)
        // Also after its end: its work has stopped, so nobody need wait for it to run out.
        await giveBack(name, one.token)
        one.back()
      },
    })
  }
  async function renew(one: Own) {
    if (clock.now() >= one.endsAt) return lose(one, 'it could not be renewed in time')
    const changed = await claim(one.name)
    if (one.over) return
    if (changed === undefined || leaseOf(changed.value).token !== one.token) return lose(one, 'another machine has it')
    one.endsAt = changed.local(leaseOf(changed.value).until) - s.marginOf(leaseMs)
    arm(one)
  }
  /** Best effort: it runs out by itself. */
  async function giveBack(name: string, token: number) {
    await beats
      .change(keyOf(name), value => released(leaseOf(value), node, token) as unknown as Json | undefined)
      .catch(() => undefined)
  }

  beats.hook(async () => {
    for (const one of [...own.values()]) await renew(one)
    for (const name of [...seekers.keys()]) if (!own.has(name)) await seek(name)
  })

  return Object.freeze({
    take(name: string, signal: AbortSignal) {
      return new Promise<Held | undefined>(resolve => {
        if (signal.aborted) return resolve(undefined)
        const given = () => {
          seekers.delete(name)
          resolve(undefined)
        }
        signal.addEventListener('abort', given, { once: true })
        seekers.set(name, held => {
          signal.removeEventListener('abort', given)
          resolve(held)
        })
      })
    },
    held: () =>
      [...own.values()].map(({ name, token, endsAt }) => ({
        name,
        token,
        remainingMs: Math.max(0, Math.round(endsAt - clock.now())),
      })),
    async giveAllBack() {
      const all = [...own.values()]
      for (const one of all) lose(one, 'this machine leaves the fleet')
      const stopped = Promise.all(all.map(one => one.isBack)).then(() => undefined)
      // What does not stop keeps its lease until it runs out.
      if (all.length > 0) await within(clock, s.marginOf(leaseMs), stopped, 'the work').catch(() => undefined)
    },
  })
}
