// Latency: everything arrives later, by about the same or, with jitter, by an uneven time. Order is kept, as on a real connection.
import { formatMs } from '../../core/index.ts'
import type { Way, WireFault } from './wire.ts'

export interface LatencyOptions {
  readonly ms: number
  /** ± so many milliseconds, evenly spread. Default 0. */
  readonly jitterMs?: number
  readonly way?: Way | 'both'
  readonly random?: () => number
}

export function latency({ ms, jitterMs = 0, way = 'down', random = Math.random }: LatencyOptions): WireFault {
  return Object.freeze({
    says: `${formatMs(ms)}${jitterMs > 0 ? ` ± ${formatMs(jitterMs)}` : ''} latency`,
    way,
    async carry(chunk, wire, send) {
      // Counted from its arrival: chunks travel side by side, and none overtakes another.
      await wire.wait(ms + (random() * 2 - 1) * jitterMs - wire.sinceMs())
      send(chunk)
    },
  } satisfies WireFault)
}
