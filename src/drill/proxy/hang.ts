// Hang: the server is there and takes connections, but nothing comes through. What was sent meanwhile arrives once it is healed, as with a
// process that was stopped and goes on.
import type { Way, WireFault } from './wire.ts'

export function hang({ way = 'both' }: { readonly way?: Way | 'both' } = {}): WireFault {
  return Object.freeze({
    says: 'hangs: connected, and silent',
    way,
    async carry(chunk, wire, send) {
      await wire.wait(Number.POSITIVE_INFINITY)
      send(chunk)
    },
    ends: wire => wire.wait(Number.POSITIVE_INFINITY),
  } satisfies WireFault)
}
