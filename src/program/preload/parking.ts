// Parking: a spare boots as any life does, and waits where it would listen, until it is told to go.
import type { Report } from '../link.ts'

export type Park = (begin: () => unknown) => void

/** `begin` is called at once, when it has been told to go already. */
export function parking(report: (report: Report) => void, onGo: (fn: () => void) => void): Park {
  let waiting: (() => unknown)[] | undefined = []
  // Nothing else may keep it: it listens on nothing yet.
  const alive = setInterval(() => {}, 60_000)
  onGo(() => {
    const begins = waiting ?? []
    waiting = undefined
    for (const begin of begins) begin()
    clearInterval(alive)
  })
  return begin => {
    if (waiting === undefined) return void begin()
    waiting.push(begin)
    if (waiting.length === 1) report({ v: 1, is: 'parked' })
  }
}
