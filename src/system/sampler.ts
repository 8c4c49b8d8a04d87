// Takes the figures of every part, and of the disk under the state folder, every few minutes, and tells them as one event: what the digest finds
// slow creep in. Never in the way: a part that can't be asked is left out.
import { statfs } from 'node:fs/promises'
import type { Clock, Events, Part, Undo } from '../core/index.ts'
import { numbersOf } from '../journal/index.ts'

const FIRST_MS = 60_000
const EVERY_MS = 10 * 60_000

export interface SamplerOptions {
  readonly name: string
  readonly folder: string
  readonly parts: () => Promise<readonly Part[]>
  readonly events: Events
  readonly clock: Clock
}

export function sampler({ name, folder, parts, events, clock }: SamplerOptions): Undo {
  let undo = clock.after(FIRST_MS, take)
  let over = false
  async function take() {
    const figures: Record<string, Readonly<Record<string, number>>> = {}
    const note = (path: string, numbers: Readonly<Record<string, number>>) => {
      if (Object.keys(numbers).length > 0) figures[path] = { ...figures[path], ...numbers }
    }
    for (const part of await parts().catch(() => [])) {
      try {
        note(part.path, numbersOf(part.snapshot()))
      } catch {
        // It has nothing to say just now.
      }
    }
    const disk = await statfs(folder).catch(() => undefined)
    if (disk !== undefined) {
      const totalBytes = disk.blocks * disk.bsize
      note(name, { 'disk.totalBytes': totalBytes, 'disk.usedBytes': totalBytes - disk.bavail * disk.bsize })
    }
    if (over) return
    events.emit('system.sampled', name, { parts: figures }, { level: 'debug' })
    undo = clock.after(EVERY_MS, take)
  }
  return () => {
    over = true
    undo()
  }
}
