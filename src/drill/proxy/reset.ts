// Reset: each connection breaks with RST, at once or a while after it first carried something.
import { formatMs } from '../../core/index.ts'
import type { WireFault } from './wire.ts'

export function reset({ afterMs = 0 }: { readonly afterMs?: number } = {}): WireFault {
  if (afterMs === 0)
    return Object.freeze({ says: 'reset by peer', opening: 'reset', enters: link => link.reset() } satisfies WireFault)
  return Object.freeze({
    says: `reset by peer after ${formatMs(afterMs)}`,
    way: 'up',
    async carry(chunk, wire, send) {
      send(chunk)
      await wire.wait(afterMs)
      if (!wire.healed) wire.link.reset()
    },
  } satisfies WireFault)
}
