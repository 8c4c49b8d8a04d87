// Questions to one life over its link, and their answers. A life that does not answer in time has said nothing: a stuck program must
// not hold up who asks.
import { type Clock, type Json, SelfhealError, type Undo } from '../core/index.ts'
import type { Asked } from './bridge.ts'
import type { Order } from './link.ts'

export interface Asking {
  ask(asked: Asked, withinMs: number): Promise<Json>
  replied(to: number, data: Json): void
  /** Nobody answers any more. */
  end(): void
}

export function asking(path: string, send: (order: Order) => void, clock: Clock): Asking {
  const open = new Map<
    number,
    { readonly settle: (data: Json) => void; readonly fail: (error: Error) => void; readonly undo: Undo }
  >()
  let last = 0
  const gone = () =>
    new SelfhealError('SELFHEAL_PROGRAM_GONE', `${path} ended before it answered`, 'Ask again: its successor may be up already.')
  let ended = false

  return Object.freeze({
    ask(asked: Asked, withinMs: number) {
      if (ended) return Promise.reject(gone())
      const id = ++last
      return new Promise<Json>((resolve, reject) => {
        const done = () => {
          open.get(id)?.undo()
          open.delete(id)
        }
        const undo = clock.after(withinMs, () => {
          done()
          reject(
            new SelfhealError(
              'SELFHEAL_PROGRAM_SILENT',
              `${path} has not answered within ${withinMs} ms`,
              'It may be busy or stuck: see selfheal status.',
            ),
          )
        })
        open.set(id, {
          undo,
          settle(data) {
            done()
            resolve(data)
          },
          fail(error) {
            done()
            reject(error)
          },
        })
        send({ v: 1, is: 'ask', id, ...asked })
      })
    },
    replied(to: number, data: Json) {
      const one = open.get(to)
      const { value, failed } = (data ?? {}) as { value?: Json; failed?: { code: string; message: string; mend: string } }
      if (failed === undefined) one?.settle(value ?? null)
      else one?.fail(new SelfhealError(failed.code, failed.message, failed.mend))
    },
    end() {
      ended = true
      for (const one of [...open.values()]) one.fail(gone())
    },
  })
}
