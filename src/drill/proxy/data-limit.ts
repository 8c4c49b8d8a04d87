// Data limit: after so many bytes the connection is closed, in the middle of whatever it was saying.
import type { Way, WireFault } from './wire.ts'

export interface DataLimitOptions {
  readonly bytes: number
  readonly way?: Way | 'both'
}

export function dataLimit({ bytes, way = 'down' }: DataLimitOptions): WireFault {
  return Object.freeze({
    says: `closed after ${bytes} bytes`,
    way,
    carry(chunk, wire, send) {
      const left = Math.max(0, bytes - wire.carried)
      if (left > 0) send(chunk.subarray(0, left))
      if (chunk.length >= left) wire.link.end()
    },
  } satisfies WireFault)
}
