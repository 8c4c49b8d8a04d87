// What is told of writes that wait on disk. Words only.
import { within } from './phrases.ts'
import type { Teller } from './story.ts'

export const SPOOL_TELLERS: Readonly<Record<string, Teller>> = {
  'spool.began': d => `Writes (${d.text('kind') ?? 'some'}) are kept on disk, to be applied later`,
  'spool.drained': d =>
    `${d.number('applied') ?? 0} kept writes were applied${d.number('dead') ? `, ${d.number('dead')} became dead letters` : ''}${within(d.number('tookMs'))}`,
  'spool.dead': d =>
    `A kept write (${d.text('kind') ?? 'unknown'}, ${d.text('key') ?? ''}) can't be applied: ${d.text('reason') ?? 'no reason told'}; it waits in selfheal spool list`,
  'spool.full': d => `${d.number('pending') ?? 'Too many'} writes wait already: new ones are refused`,
}
