// Synchronous work that holds the main thread up, but not for so long that it counts as hung: named once it is over, with where it was. At
// most one a minute: whoever is asked for its stack pays for it.
//
//   still for 500 ms ─► a glance: its stack ─► it moves again ─► told       it stays still ─► hung, which is the watchdog's own affair
import { glance } from './stack.ts'

export interface Stood {
  readonly forMs: number
  readonly stack: readonly string[]
  readonly route?: string
}

interface Asked {
  readonly at: number
  readonly since: number
  readonly route: string | undefined
  readonly heard: ReturnType<typeof glance>
}

const OVER_MS = 500
const EVERY_MS = 60_000

export interface BlockedWatch {
  /** To be called at each look: its ticks, and how long they stand still. */
  look(ticks: number, stillMs: number, now: number): void
  /** Somebody else asks it now. */
  giveUp(): void
}

export interface Sight {
  /** From there on it is another's. */
  readonly hangMs: number
  ticks(): number
  /** The request begun last of those in flight. */
  route(): string | undefined
  tell(stood: Stood): void
}

export function watchBlocked({ hangMs, ticks, route, tell }: Sight, ask: typeof glance = glance): BlockedWatch {
  let toldAt = Number.NEGATIVE_INFINITY
  let asked: Asked | undefined
  const over = async ({ since, route, heard }: Asked, now: number) => {
    const stack = (await heard)?.end() ?? []
    tell({ forMs: Math.round(now - since), stack, ...(route === undefined ? {} : { route }) })
  }
  return Object.freeze({
    look(at: number, stillMs: number, now: number) {
      if (asked !== undefined) {
        if (at === asked.at) return
        void over(asked, now)
        asked = undefined
      } else if (stillMs >= OVER_MS && stillMs < hangMs && now - toldAt >= EVERY_MS) {
        toldAt = now
        asked = { at, since: now - stillMs, route: route(), heard: ask(() => ticks() === at) }
      }
    },
    giveUp() {
      void asked?.heard.then(one => one?.end())
      asked = undefined
    },
  })
}
