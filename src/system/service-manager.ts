// What systemd is told of us: READY once the programs are, or are tried by the rule; RELOADING while a new life takes over; STOPPING; a
// STATUS line that a person can read; more time while we start and stop; and a watchdog ping only this loop can send, so that a hung
// supervisor is replaced. Without systemd it is silence.
//
//   begin ─► EXTEND_TIMEOUT_USEC … ─► ready: READY ─► program started beside a ready one: RELOADING ─► READY ─► stopping: STOPPING
import type { Clock, Events, Undo } from '../core/index.ts'
import type { Notifier } from '../program/index.ts'

const EXTEND_MS = 30_000
const EXTEND_EVERY_MS = 10_000
/** Of the watchdog's time: systemd asks for half. */
const PING_SHARE = 3

export interface ServiceManager {
  ready(): void
  /** Resolves when what was said is told. */
  readonly undo: () => Promise<void>
}

export function tellServiceManager(notifier: Notifier, events: Events, clock: Clock): ServiceManager {
  const words = new Map<string, string>()
  const generations = new Map<string, number>()
  let ready = false
  let stopping = false
  let reloading = 0
  const undo: Undo[] = []
  const every = (ms: number, fn: () => void) => {
    let undoOne = () => {}
    const turn = () => {
      fn()
      undoOne = clock.after(ms, turn)
    }
    turn()
    undo.push(() => undoOne())
  }
  const status = (source: string, says: string) => {
    words.set(source.split('/').at(-1)!, says)
    notifier.say(`STATUS=${[...words].map(([id, word]) => `${id}: ${word}`).join(', ')}`)
  }
  const reloaded = () => {
    if (reloading > 0 && --reloading === 0) notifier.say('READY=1')
  }

  if (notifier.watchdogMs !== undefined) every(notifier.watchdogMs / PING_SHARE, () => notifier.say('WATCHDOG=1'))
  every(EXTEND_EVERY_MS, () => {
    if (!ready || stopping) notifier.say(`EXTEND_TIMEOUT_USEC=${EXTEND_MS * 1_000}`)
  })
  undo.push(
    events.on('program.started', ({ source, data }) => {
      const { generation } = data as { readonly generation: number }
      // Beside one that serves: it is to take over.
      if (ready && !stopping && generations.has(source) && reloading++ === 0) notifier.say('RELOADING=1')
      if (!generations.has(source)) status(source, `starting generation ${generation}`)
    }),
    events.on('program.ready', ({ source, data }) => {
      const { generation } = data as { readonly generation: number }
      const beside = generations.has(source)
      generations.set(source, generation)
      status(source, `ready (generation ${generation})`)
      if (beside) reloaded()
    }),
    events.on('supervisor.child_start_failed', ({ source }) => generations.has(source) && reloaded()),
    events.on('program.exited', ({ source, data }) => {
      if (generations.get(source) !== (data as { readonly generation: number }).generation) return
      generations.delete(source)
      status(source, stopping ? 'stopped' : 'restarting')
    }),
    events.on('supervisor.crash_looping', ({ source }) => status(source, 'crash-looping, the standby answers')),
    events.on('system.stopping', () => {
      stopping = true
      notifier.say('STOPPING=1', `EXTEND_TIMEOUT_USEC=${EXTEND_MS * 1_000}`)
    }),
  )
  return Object.freeze({
    ready() {
      ready = true
      notifier.say('READY=1')
    },
    undo: () => {
      for (const one of undo) one()
      return notifier.drained()
    },
  })
}
