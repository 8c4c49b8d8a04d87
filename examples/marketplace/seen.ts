// How often a thing was looked at, counted in Redis: nice to know, and never worth a wait. Where there is no Redis nothing is said of it.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Seen {
  /** One look more. Undefined: it can't be said just now. */
  look(listing: number): Promise<number | undefined>
}

export function seenIn(cache: { incr(key: string): Promise<number> }, isOn: () => boolean): Seen {
  return {
    look: async listing => (isOn() ? cache.incr(`seen:${listing}`).catch(() => undefined) : undefined),
  }
}

export const unseen: Seen = { look: async () => undefined }

/** The Redis that is installed on this machine; undefined: none is. */
export function redisServer(): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, 'redis-server'))
    .find(file => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
