// Down: nobody listens any more. Open connections break, new ones are refused, until it is healed.
import type { WireFault } from './wire.ts'

export function down(): WireFault {
  return Object.freeze({ says: 'down: connections refused', listens: false, enters: link => link.reset() } satisfies WireFault)
}
