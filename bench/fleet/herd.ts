// The herd: every machine wants a new life at 0, when the shared database is back. A life is down while it boots (10 s, at five times its usual
// load: migrations, caches), then its caches are cold (four times, falling to one over 30 s). A ramp lets its requests come back over those 30 s.
import { createEvents } from '../../src/core/index.ts'
import { fleet, memory } from '../../src/fleet/index.ts'
import { machine, seeded, world } from '../../test/fleet-proof/world.ts'

export const WAYS = ['at once', 'jitter over 60 s', 'permits', 'permits and ramp'] as const
export type Way = (typeof WAYS)[number]

export interface Herd {
  readonly way: Way
  readonly mostDown: number
  /** 1: all machines, warm. */
  readonly highest: number
  readonly doneS: number
  /** A second each. */
  readonly load: readonly number[]
}

const BOOT_MS = 10_000
const COLD_MS = 30_000
const BOOT_LOAD = 5
const COLD_LOAD = 4

export async function herd(way: Way, machines: number, seed: number): Promise<Herd> {
  const begun = way.startsWith('permits') ? await byPermits(machines, seed) : alone(way, machines, seed)
  const last = Math.max(...begun)
  const seconds = Math.ceil((last + BOOT_MS + COLD_MS) / 1_000) + 10
  const load: number[] = []
  let mostDown = 0
  for (let s = 0; s < seconds; s++) {
    const at = s * 1_000 + 500
    let sum = 0
    let down = 0
    for (const start of begun) {
      const up = at - start - BOOT_MS
      if (at < start || up > COLD_MS) sum += 1
      else if (up < 0) {
        sum += BOOT_LOAD
        down++
      } else {
        const cold = COLD_LOAD - ((COLD_LOAD - 1) * up) / COLD_MS
        sum += way === 'permits and ramp' ? (cold * up) / COLD_MS : cold
      }
    }
    mostDown = Math.max(mostDown, down)
    load.push(sum / machines)
  }
  return { way, mostDown, highest: Math.max(...load), doneS: Math.round((last + BOOT_MS) / 1_000), load }
}

function alone(way: Way, machines: number, seed: number): readonly number[] {
  const random = seeded(seed)
  return Array.from({ length: machines }, () => (way === 'at once' ? 0 : random() * 60_000))
}

/** The real fleet code, on the memory engine. */
async function byPermits(machines: number, seed: number): Promise<readonly number[]> {
  const random = seeded(seed)
  const w = world()
  const engine = memory({ clock: { now: () => w.now(), wall: () => w.now(), after: () => () => {} } })
  const begun: number[] = []
  let done = 0
  for (let i = 0; i < machines; i++) {
    const { clock } = machine(w, random, false)
    const one = fleet({ engine, node: `m${i}`, clock, events: createEvents({ clock }), random })
    // They are up for a while when it begins.
    w.at(random() * 2_000, () => one.start())
    w.at(5_000, () => {
      void one.permit('config', async () => {
        begun.push(w.now() - 5_000)
        await new Promise<void>(resolve => void clock.after(BOOT_MS, resolve))
        done++
      })
    })
  }
  for (let s = 10; done < machines && s < 3_600; s += 10) await w.run(s * 1_000)
  return begun
}
