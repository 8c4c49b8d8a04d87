// What an operator can do with the spool: see what waits and what is dead, try a dead letter again, drop it.
import { type Clock, type Json, SelfhealError, type Verb } from '../../core/index.ts'
import type { Item, ItemState, SpoolItems } from './items.ts'
import type { SpoolWriter } from './writer.ts'

export interface Operated {
  readonly items: SpoolItems
  readonly writer: SpoolWriter
  readonly clock: Clock
  readonly wake: () => void
  readonly receiptOf: (item: Item) => object
}

const MOST = 1_000
const STATES: readonly ItemState[] = ['pending', 'dead', 'applied', 'dropped']

export function spoolVerbs({
  items,
  writer,
  clock,
  wake,
  receiptOf,
}: Operated): Readonly<Record<'list' | 'retry' | 'drop', Verb>> {
  const each = async (args: Json, change: (key: string) => boolean): Promise<Json> => {
    const { key } = (args ?? {}) as { key?: unknown }
    if (typeof key !== 'string')
      throw new SelfhealError('SELFHEAL_USAGE', 'No key was given', "Give { key }, or { key: 'all' } for every dead letter.")
    const changed = await writer.write(() => {
      const keys = key === 'all' ? items.list('dead', MOST).map(one => one.key) : [key]
      return keys.filter(change)
    }, clock.now() + 2_000)
    if (changed.length === 0 && key !== 'all')
      throw new SelfhealError('SELFHEAL_SPOOL_NOT_DEAD', `${key} is no dead letter`, 'See what there is: selfheal spool list')
    wake()
    return { keys: changed }
  }
  return Object.freeze({
    list: async args => {
      const { state = 'dead', most = 100 } = (args ?? {}) as { state?: ItemState; most?: number }
      if (!STATES.includes(state))
        throw new SelfhealError('SELFHEAL_USAGE', `There is no state ${String(state)}`, `There are: ${STATES.join(', ')}.`)
      return items.list(state, Math.min(MOST, most)).map(receiptOf) as unknown as Json
    },
    retry: args => each(args, items.revive),
    drop: args => each(args, key => items.drop(key, clock.wall())),
  })
}
