// All watches that look at the journal. Pool near full, memory that grows, a late loop, retries and timeouts that become more: the digest's own
// creeping (journal/creep) tells them.
import { disk } from './disk.ts'
import { restarts } from './restarts.ts'
import type { Watch } from './watch.ts'

export const watches: readonly Watch[] = [disk, restarts]
