// Slicer: what was sent as one piece arrives as many, each on its own. Finds parsers that take a chunk for a message.
import type { Way, WireFault } from './wire.ts'

export interface SlicerOptions {
  /** Bytes a piece. Default 1. */
  readonly bytes?: number
  /** Between two pieces. Default 1 ms, so that they do not arrive together. */
  readonly delayMs?: number
  readonly way?: Way | 'both'
}

export function slicer({ bytes = 1, delayMs = 1, way = 'both' }: SlicerOptions = {}): WireFault {
  return Object.freeze({
    says: `in pieces of ${bytes} bytes`,
    way,
    async carry(chunk, wire, send) {
      for (let at = 0; at < chunk.length; at += bytes) {
        if (wire.healed) return send(chunk.subarray(at))
        send(chunk.subarray(at, at + bytes))
        await wire.wait(delayMs)
      }
    },
  } satisfies WireFault)
}
