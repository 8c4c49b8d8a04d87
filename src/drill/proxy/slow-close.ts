// Slow close: who has said goodbye is heard only a while later, so that connections pile up half open.
import { formatMs } from '../../core/index.ts'
import type { WireFault } from './wire.ts'

export function slowClose({ ms }: { readonly ms: number }): WireFault {
  return Object.freeze({ says: `closing takes ${formatMs(ms)}`, ends: wire => wire.wait(ms) } satisfies WireFault)
}
