// Hints of the fleet: when enough machines find the same thing broken, those that do not yet are asked to look closer. They open nothing by
// themselves, and counters stay with each machine.
import type { Undo } from '../core/index.ts'
import type { Beats } from './beats.ts'
import './events.ts'
import type { Settings } from './options.ts'
import { agreed } from './rule.ts'

type Watcher = (hint: string, agreed: boolean) => void

export function watchHints({ events, path }: Settings, beats: Beats): { watch(fn: Watcher): Undo } {
  const watchers = new Set<Watcher>()
  let before: readonly string[] = []
  const tell = (hint: string, on: boolean) => {
    for (const fn of [...watchers]) {
      try {
        fn(hint, on)
      } catch (error) {
        events.emit('fleet.listener_failed', path, { message: String(error) }, { level: 'warn' })
      }
    }
  }
  const end = (hint: string) => {
    events.emit('fleet.hint_over', path, { hint })
    tell(hint, false)
  }
  beats.hook(() => {
    const { hints, nodes } = beats.sight()!
    const now = agreed(hints, nodes.alive)
    const was = before
    before = now
    for (const hint of was) if (!now.includes(hint)) end(hint)
    for (const hint of now) {
      if (was.includes(hint)) continue
      events.emit('fleet.hint_agreed', path, { hint, machines: hints[hint]!, alive: nodes.alive }, { level: 'warn' })
      tell(hint, true)
    }
  })
  // Without the engine a hint is hearsay.
  beats.onBlind(blind => {
    if (!blind) return
    const was = before
    before = []
    for (const hint of was) end(hint)
  })
  return {
    watch(fn: Watcher): Undo {
      const own: Watcher = (hint, on) => fn(hint, on)
      watchers.add(own)
      return () => void watchers.delete(own)
    },
  }
}
