// A bound on what an engine has under way: when nothing comes back, nothing more is sent. What waits for a connection that never comes would
// else pile up in the app's own pool.
import { SelfhealError } from '../../core/index.ts'

export function fewAtATime(what: string, most: number): <T>(ask: () => Promise<T>) => Promise<T> {
  let underWay = 0
  return async ask => {
    if (underWay >= most)
      throw new SelfhealError(
        'SELFHEAL_FLEET_BUSY',
        `${underWay} questions to ${what} have no answer yet`,
        `See to ${what}, or give its pool more connections.`,
      )
    underWay++
    try {
      return await ask()
    } finally {
      underWay--
    }
  }
}
