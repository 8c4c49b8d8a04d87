// The spare: one more process of a program, booted as far as its listen(), where it waits. A crash is then answered without a boot. It is
// no life and nobody's child until it is taken; what it was made of must still be so, else it is ended and the next life boots as ever.
//
//   a life is ready ─► pause ─► boot ─► parked at listen() ─► taken: { is: 'listen' } ─► the next life
//                        ▲              │ ends by itself, can't boot: again in half a minute
//                        └──────────────┘
import type { Clock } from '../core/index.ts'
import type { Boot } from './boot.ts'
import { signalGroup } from './gone.ts'

/** A life that has just begun to serve is not to be slowed down by the boot of its spare. */
const PAUSE_MS = 300
const AGAIN_MS = 30_000
const ENDS_WITHIN_MS = 1_000

export interface Spares {
  /** The one that waits, told to go; undefined: there is none that is fit. */
  take(generation: number): Boot | undefined
  /** A life is ready: there is to be a fresh one. */
  renew(): void
  /** No more of them. Resolves when the one that waited has ended. */
  close(): Promise<void>
  readonly pid: number | undefined
}

export interface SparesOptions {
  readonly clock: Clock
  wanted(): boolean
  /** What one made now would be made of. */
  madeOf(): string
  start(): Promise<Boot>
  parked(boot: Boot): void
  lost(why: string): void
}

export function spares({ clock, wanted, madeOf, start, parked, lost }: SparesOptions): Spares {
  let spare: { readonly boot: Boot; readonly of: string } | undefined
  let undo = () => {}
  let turn = 0
  let ending: Promise<void> = Promise.resolve()

  const plan = (ms: number) => {
    undo()
    undo = clock.after(ms, () => void make())
  }
  const make = async () => {
    const mine = ++turn
    const of = madeOf()
    try {
      const boot = await start()
      if (mine !== turn) return end(boot)
      const made = { boot, of }
      spare = made
      boot.hear(report => report.is === 'parked' && parked(boot))
      boot.process.once('exit', () => {
        boot.close()
        if (spare !== made) return
        spare = undefined
        lost(`it ended while it waited. ${boot.out.tail()}`.trim())
        plan(AGAIN_MS)
      })
    } catch (error) {
      if (mine !== turn) return
      lost(error instanceof Error ? error.message : String(error))
      plan(AGAIN_MS)
    }
  }
  const end = (boot: Boot) => {
    ending = Promise.all([ending, endBoot(boot, clock)]).then(() => {})
  }
  const drop = () => {
    undo()
    turn++
    const last = spare
    spare = undefined
    return last
  }
  return Object.freeze({
    take(generation: number) {
      const last = drop()
      if (last === undefined) return undefined
      const { boot, of } = last
      if (of === madeOf() && boot.process.exitCode === null && boot.process.signalCode === null) {
        boot.process.removeAllListeners('exit')
        boot.become(generation)
        boot.link.send({ v: 1, is: 'listen', generation })
        return boot
      }
      end(boot)
      return undefined
    },
    renew() {
      const last = drop()
      if (last !== undefined) end(last.boot)
      if (wanted()) plan(PAUSE_MS)
    },
    close() {
      const last = drop()
      if (last !== undefined) end(last.boot)
      return ending
    },
    get pid() {
      return spare?.boot.pid
    },
  })
}

/** It serves nobody: asked, and soon killed. */
export function endBoot(boot: Boot, clock: Clock): Promise<void> {
  return new Promise(resolve => {
    if (boot.process.exitCode !== null || boot.process.signalCode !== null) return resolve()
    const undo = clock.after(ENDS_WITHIN_MS, () => signalGroup(boot.pid, 'SIGKILL'))
    boot.process.once('exit', () => {
      undo()
      signalGroup(boot.pid, 'SIGKILL')
      resolve()
    })
    signalGroup(boot.pid, 'SIGTERM')
  })
}
