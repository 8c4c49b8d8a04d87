// only(): a component that runs on one machine of the fleet at a time. Its life here is to stand by; while this machine has the lease, the
// component within lives too, with the lease's token, and is asked to stop before the lease ends.
//
//   standing by ─► lease ─► the component starts ─┬ it ends ─► lease back, and its end is this life's: the supervisor decides
//        ▲                                        └ lease over ─► asked to stop ─┬ stopped ─┐
//        └──────────────────────────────────────────────────────────────────────┴──────────┘ (late: told, and waited for)
import { type Component, type Exit, type Life, service } from '../supervisor/index.ts'
import './events.ts'
import type { Held, Leases } from './leases.ts'
import type { Settings } from './options.ts'

/** A life under a lease. Its `signal` also aborts when the lease is over. */
export interface OnlyLife extends Life {
  /** Grows from holder to holder: give it to what you write to, and let that refuse lower ones. */
  readonly token: number
  /** Milliseconds for which nobody else has the lease; 0: stop. */
  remaining(): number
}

export type Only = Component | ((life: OnlyLife) => Promise<unknown>)

export function onlyComponent(
  s: Settings,
  leases: Leases,
  name: string,
  what: Only,
  hold: () => () => void,
): Component<undefined> {
  const inner = typeof what === 'function' ? service(what as (life: Life) => Promise<unknown>) : what

  async function under(lease: Held, life: Life): Promise<Exit | undefined> {
    const signal = AbortSignal.any([life.signal, lease.signal])
    const own: OnlyLife = { ...life, signal, token: lease.token, remaining: lease.remaining, beat: () => life.beat() }
    try {
      const child = await inner.start(own)
      if (child === 'ignore') return { reason: 'normal' }
      const late = watchLate(lease, child)
      const exit = await child.exited
      late()
      return lease.signal.aborted && !life.signal.aborted ? undefined : exit
    } catch (error) {
      if (life.signal.aborted) return { reason: 'shutdown' }
      return lease.signal.aborted ? undefined : { reason: 'error', what: 'start', error }
    } finally {
      await lease.giveBack()
    }
  }
  /** Work that goes on after the lease's real end: only the token keeps it from doing harm. */
  function watchLate(lease: Held, child: { kill(): boolean }) {
    const margin = s.marginOf(s.leaseMs)
    let undo = () => {}
    const asked = () => {
      undo = s.clock.after(margin, () => {
        if (child.kill()) return
        s.events.emit('fleet.overstayed', s.path, { name, token: lease.token, forMs: Math.round(margin) }, { level: 'alarm' })
      })
    }
    lease.signal.addEventListener('abort', asked, { once: true })
    return () => {
      lease.signal.removeEventListener('abort', asked)
      undo()
    }
  }
  async function live(life: Life): Promise<Exit> {
    const letGo = hold()
    try {
      while (!life.signal.aborted) {
        const lease = await leases.take(name, life.signal)
        if (lease === undefined) break
        const exit = await under(lease, life)
        if (exit !== undefined) return exit
      }
      return { reason: 'shutdown' }
    } finally {
      letGo()
    }
  }
  return Object.freeze({
    kind: 'service' as const,
    start: async (life: Life) => ({ handle: undefined, exited: live(life), kill: () => false }),
  })
}
