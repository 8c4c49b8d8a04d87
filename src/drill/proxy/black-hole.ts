// Black hole: what is sent is gone, and nobody is told, not even of a close: a cable that was pulled, a firewall that drops. Once it is
// healed such a connection is beyond saving, and is reset. (A connection can still be made: the proxy itself answers that.)
import type { WireFault } from './wire.ts'

export function blackHole(): WireFault {
  return Object.freeze({
    says: 'black hole: everything sent is lost, and nobody is told',
    opening: 'hold',
    carry: () => {},
    ends: wire => wire.wait(Number.POSITIVE_INFINITY),
    leaves: link => link.reset(),
  } satisfies WireFault)
}
