// The words for what selfheal/auto tells. story.ts has the others.
import { formatMs } from '../core/index.ts'
import type { Teller } from './story.ts'

export const AUTO_TELLERS: Readonly<Record<string, Teller>> = {
  'auto.found': (d, name) => `${name} is ${d.text('how') ?? 'guarded'}: the app uses it, and says nothing of selfheal`,
  'auto.left': (d, name) => `${name} is left as it is: ${d.text('why') ?? 'no reason told'}`,
  'auto.would': (d, name) => {
    const after = d.number('afterMs')
    return d.text('what') === 'cut'
      ? `Only watched: a call to ${name} would have been answered${after === undefined ? '' : ` after ${formatMs(after)}`} (${d.text('why') ?? 'it took long'})`
      : `Only watched: calls to ${name} would have been stopped (${d.text('why') ?? 'it failed too often'})`
  },
  'auto.reported': d => `Only watched, until the end of the process: ${d.list('lines').join(' | ')}`,
}
