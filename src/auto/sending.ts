// One origin as node:http asks it: the requests that have no answer yet, and the connections that it answered on, in whichever agents they
// are. A sweep every second sees which of them have waited too long; a drop ends them all.
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { type Clock, type RejectedError, systemClock } from '../core/index.ts'
import { connects } from './connects.ts'
import { OnTheWay, type Sent } from './on-the-way.ts'
import { END_MS, type Origin } from './origins.ts'
import { downError, lateError } from './request-errors.ts'
import { agentOf, type Destination, hasOwnEnd, progressOf } from './request-rule.ts'

const SWEEP_MS = 1_000
/** One that was kept for so long by its own body, or by its agent, is no longer counted: slow is not the origin. */
const BUSY_MS = 10_000

export interface Sending {
  /** `sent` is undefined when it was refused, by what `ended` rejects with. */
  ask(to: Destination, agent: unknown, foreign: boolean): { readonly sent: Sent | undefined; readonly ended: Promise<unknown> }
}

export function sendingTo(
  origin: Pick<Origin, 'name' | 'ask' | 'join'>,
  onlyWatched: boolean,
  clock: Clock = systemClock,
): Sending {
  const all = new Set<OnTheWay>()
  const sockets = new Set<Socket>()
  let last: { readonly to: Destination; readonly agent: unknown; readonly foreign: boolean } | undefined
  let sweeping = false

  const sweep = () => {
    sweeping = false
    const now = clock.now()
    for (const one of all) look(one, now)
    if (all.size > 0) sweepSoon()
  }
  const sweepSoon = () => {
    if (sweeping) return
    sweeping = true
    // A script whose work is done ends.
    if (clock === systemClock) setTimeout(sweep, SWEEP_MS).unref()
    else clock.after(SWEEP_MS, sweep)
  }
  const look = (one: OnTheWay, now: number) => {
    const { request } = one
    if (request === undefined) return
    if (request.closed || one.gone) {
      // Given up before it had a connection, or upgraded.
      all.delete(one)
      one.tellNothing()
      return
    }
    one.gone = request.destroyed
    one.progress = progressOf(request, one.progress, now)
    const { heardAt } = one.progress
    if (heardAt > one.begunAt && now - one.begunAt >= BUSY_MS) one.tellNothing()
    if (now - heardAt < END_MS || onlyWatched) return
    if (!hasOwnEnd(request, one.to.options, one.foreign, now - heardAt)) end(one, lateError(origin.name, END_MS))
  }

  const end = (one: OnTheWay, error: RejectedError) => {
    all.delete(one)
    if (!one.told) {
      one.told = true
      one.reject(error)
    }
    const request = one.request!
    request.destroy(error)
    if (request.socket == null) unqueued(request)
  }

  origin.join({
    late: ms => {
      const before = clock.now() - ms
      let late = 0
      for (const one of all) if (!one.told && one.begunAt <= before) late++
      return late
    },
    counts: () => ({ open: sockets.size }),
    admit() {},
    async drop() {
      let ended = sockets.size
      for (const one of all) {
        if (one.request === undefined) continue
        const { socket } = one.request
        if (socket != null && !sockets.has(socket)) ended++
        end(one, downError(origin.name, socket != null && !socket.connecting))
      }
      for (const socket of sockets) socket.destroy()
      return ended
    },
    // Where a library connects in a way of its own, only calls tell.
    probe: call => (last === undefined ? undefined : last.foreign ? Promise.resolve('up') : connects(last.to, last.agent, call)),
  })

  return {
    ask(to, agent, foreign) {
      last = { to, agent, foreign: foreign || (last?.foreign ?? false) }
      let sent: OnTheWay | undefined
      const work = () => {
        sent = new OnTheWay(to, foreign, all, sockets, clock)
        sweepSoon()
        return sent.ended
      }
      const ended = origin.ask(work, NOTHING)
      // Written in ask's own time.
      const passed = sent as OnTheWay | undefined
      if (passed !== undefined) ended.then(undefined, error => overtaken(passed, error))
      return { sent: passed, ended }
    },
  }

  /** The guard's last end came, and neither an answer nor an error. */
  function overtaken(one: OnTheWay, error: unknown): void {
    if (one.told) return
    const request = one.request
    const goesOn =
      request !== undefined &&
      (!request.writableFinished || hasOwnEnd(request, one.to.options, one.foreign, clock.now() - one.progress.heardAt))
    if (goesOn) one.told = true
    else end(one, error as RejectedError)
  }
}
const NOTHING = Object.freeze({})

/** One that waits for a place in its agent would be given a new connection there, only to be found ended. */
function unqueued(request: ClientRequest): void {
  const { requests } = (agentOf(request) ?? {}) as { requests?: Record<string, ClientRequest[]> }
  for (const [name, queue] of Object.entries(requests ?? {})) {
    const at = queue.indexOf(request)
    if (at < 0) continue
    queue.splice(at, 1)
    if (queue.length === 0) delete requests![name]
    request.onSocket(null as never)
    return
  }
}
