// Bandwidth: so many bytes a second go through each wire, in pieces of a tenth of a second.
import type { Way, WireFault } from './wire.ts'

export interface BandwidthOptions {
  readonly bytesPerSecond: number
  readonly way?: Way | 'both'
}

const SLICE_MS = 100

export function bandwidth({ bytesPerSecond, way = 'both' }: BandwidthOptions): WireFault {
  const slice = Math.max(1, Math.floor((bytesPerSecond * SLICE_MS) / 1_000))
  return Object.freeze({
    says: `${bytesPerSecond} bytes a second`,
    way,
    async carry(chunk, wire, send) {
      for (let at = 0; at < chunk.length; at += slice) {
        if (wire.healed) return send(chunk.subarray(at))
        const piece = chunk.subarray(at, at + slice)
        await wire.wait((piece.length / bytesPerSecond) * 1_000)
        send(piece)
      }
    },
  } satisfies WireFault)
}
