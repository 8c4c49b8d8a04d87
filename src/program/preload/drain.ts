// Drain: stop accepting, let what is in flight finish, then ask the app to end as any machine would: by SIGTERM. Its own handlers run; an
// app without one ends there. What is not answered when its time is up gets a 503 instead of a reset. The supervisor alone keeps the time:
// what takes longer is killed at the end of the grace.
//
//   stopAccepting (an uncaught error, or the order) ─► begin (the order) ─► all closed, or withinMs ─► answer the rest ─► SIGTERM
import type { Server as HttpServer } from 'node:http'
import { Server } from 'node:net'
import type { Scope } from './request-scope.ts'
import type { Requests } from './requests.ts'
import { sendAway } from './sessions.ts'

export interface Drain {
  stopAccepting(): void
  /** `linger`: a successor serves. Else nobody does, and connections that are idle now are of no more use. */
  begin(withinMs: number, linger: boolean): void
  /** Broken off when nothing else is left to finish. */
  suspect(scope: Scope): void
}

const SWEEP_MS = 50
/**
 * A caller that keeps its connection may be sending on it just as we would close it, and would meet an error. It is told in its next answer
 * that this was the last; one that has not asked for so long is idle indeed.
 */
const LINGER_MS = 2_000
const FLUSH_MS = 200
const HEARD_MS = 100

/** `unfinished`: how many were refused, and how many answers are under way still, when its time is up. */
export function drain(
  servers: ReadonlySet<Server>,
  requests: Requests,
  unfinished: (refused: number, broken: number) => void,
): Drain {
  const open = new Set<Server>()
  const suspects = new Set<Scope>()
  let stopped = false
  let begun = false
  let ended = false
  let sweep: NodeJS.Timeout | undefined
  let quietAt = 0
  let successor = false

  const stopAccepting = () => {
    if (stopped) return
    stopped = true
    quietAt = performance.now() + LINGER_MS
    requests.leave()
    for (const server of servers) {
      open.add(server)
      sendAway(server, false)
      // Not http's own close: that would end idle connections at once.
      Server.prototype.close.call(server, () => {
        open.delete(server)
        if (begun && open.size === 0) end()
      })
    }
    look()
    // A keep-alive connection that falls idle while we drain must not hold us.
    sweep = setInterval(look, SWEEP_MS)
  }
  const look = () => {
    if (performance.now() >= quietAt)
      for (const server of open) {
        ;(server as Partial<HttpServer>).closeIdleConnections?.()
        sendAway(server, true)
      }
    if (suspects.size > 0 && [...requests.open].every(scope => suspects.has(scope))) for (const scope of suspects) scope.cut()
  }
  const end = () => {
    if (ended) return
    ended = true
    clearInterval(sweep)
    const late = [...requests.open].filter(scope => scope.unanswered)
    const broken = [...requests.open].filter(scope => scope.open && !scope.unanswered).length
    if (late.length + broken > 0) unfinished(late.length, broken)
    for (const scope of late) scope.refuse(503, successor)
    setTimeout(askToEnd, late.length > 0 ? FLUSH_MS : 0)
  }
  return Object.freeze({
    stopAccepting,
    begin(withinMs: number, linger: boolean) {
      if (begun) return
      begun = true
      successor = linger
      stopAccepting()
      if (!linger) {
        quietAt = 0
        look()
      }
      if (open.size === 0) return end()
      setTimeout(end, withinMs).unref()
    },
    suspect: (scope: Scope) => void suspects.add(scope),
  })
}

/** The app's own handler runs in the turn after: a loop that has nothing left to wait for would end before it. */
function askToEnd(): void {
  setTimeout(() => {}, HEARD_MS)
  process.kill(process.pid, 'SIGTERM')
}
