// The requests that are open, each linked to its neighbours: one that comes and goes costs no memory but its own.
import type { OwnScope } from './request-scope.ts'

export interface OpenRequests extends Iterable<OwnScope> {
  add(scope: OwnScope): void
  /** Must be one that was added, and once. */
  remove(scope: OwnScope): void
}

export function openRequests(): OpenRequests {
  let newest: OwnScope | undefined
  return Object.freeze({
    add(scope: OwnScope) {
      scope.older = newest
      if (newest !== undefined) newest.newer = scope
      newest = scope
    },
    remove(scope: OwnScope) {
      const { older, newer } = scope
      if (older !== undefined) older.newer = newer
      if (newer !== undefined) newer.older = older
      else newest = older
      scope.older = scope.newer = undefined
    },
    *[Symbol.iterator]() {
      // Who looks may end one, and with it the way on.
      for (let at = newest; at !== undefined; ) {
        const next = at.older
        yield at
        at = next
      }
    },
  })
}
