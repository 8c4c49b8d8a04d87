// One origin as node:http asks it: the requests that have no answer yet, and the connections that it answered on, in whichever agents they
// are. A sweep every second sees which of them have waited too long; a drop ends them all.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { isIP, type Socket, type TcpNetConnectOpts, connect as tcp } from 'node:net'
import { type ConnectionOptions, connect as tls } from 'node:tls'
import { type Clock, formatMs, RejectedError, systemClock } from '../core/index.ts'
import type { Call } from '../policy/index.ts'
import { END_MS, type Origin } from './origins.ts'
import {
  agentOf,
  type Destination,
  GIVEN_UP,
  hasOwnEnd,
  heardAs,
  optionsOf,
  type Progress,
  progressOf,
  Verdict,
} from './request-rule.ts'

const SWEEP_MS = 1_000
/** One that was kept for so long by its own body, or by its agent, is no longer counted: slow is not the origin. */
const BUSY_MS = 10_000
const RETRY_AFTER_MS = 2_000

export interface Sending {
  /** `sent` is undefined when it was refused, by what `ended` rejects with. */
  ask(to: Destination, agent: unknown, foreign: boolean): { readonly sent: Sent | undefined; readonly ended: Promise<unknown> }
}

export interface Sent {
  begun(request: ClientRequest): void
  /** Node refused it. */
  notBegun(): void
  answered(response: IncomingMessage): void
  failed(error: unknown): void
}

class OnTheWay implements Sent {
  readonly begunAt: number
  readonly clock: Clock
  readonly to: Destination
  readonly foreign: boolean
  readonly all: Set<OnTheWay>
  readonly sockets: Set<Socket>
  request: ClientRequest | undefined
  progress: Progress
  /** Its origin's guard has heard what came of it. */
  told = false
  left = false
  gone = false
  resolve!: (value: unknown) => void
  reject!: (error: unknown) => void
  readonly ended = new Promise<unknown>((resolve, reject) => {
    this.resolve = resolve
    this.reject = reject
  })

  constructor(to: Destination, foreign: boolean, all: Set<OnTheWay>, sockets: Set<Socket>, clock: Clock) {
    this.clock = clock
    this.begunAt = clock.now()
    this.progress = { heardAt: this.begunAt, written: 0 }
    this.to = to
    this.foreign = foreign
    this.all = all
    this.sockets = sockets
    all.add(this)
  }

  begun(request: ClientRequest): void {
    this.request = request
  }

  notBegun(): void {
    this.failed(new Verdict(GIVEN_UP))
  }

  answered(response: IncomingMessage): void {
    this.all.delete(this)
    this.told = true
    const { socket } = response
    if (!this.sockets.has(socket)) {
      this.sockets.add(socket)
      socket.once('close', () => this.sockets.delete(socket))
    }
    this.resolve(response)
  }

  failed(error: unknown): void {
    this.all.delete(this)
    if (this.told) return
    this.told = true
    this.reject(this.request === undefined ? error : heardAs(this.request, error, this.clock.now() - this.begunAt))
  }

  /** Nothing more is asked of its origin's guard; the request goes on. */
  tellNothing(): void {
    if (this.told) return
    this.told = true
    this.reject(new Verdict(GIVEN_UP))
  }
}

export function sendingTo(origin: Pick<Origin, 'name' | 'ask' | 'join'>, onlyWatched: boolean, clock: Clock = systemClock): Sending {
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
    if (request === undefined || one.left) return
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
    one.left = hasOwnEnd(request, one.to.options, one.foreign)
    if (!one.left) end(one, lateError(origin.name))
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
    if (request !== undefined && !request.writableFinished) one.told = true
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

/** Connects once as the app does: its certificates, its look-up. */
function connects({ protocol, host, port, options }: Destination, agent: unknown, call: Call): Promise<'up'> {
  const ours = { host, port, path: undefined, signal: undefined, timeout: undefined, agent: undefined }
  const given = { ...options, ...optionsOf(agent), ...ours } as unknown as ConnectionOptions & TcpNetConnectOpts
  return new Promise((resolve, reject) => {
    const secure = protocol === 'https:'
    const socket = secure ? tls({ ...given, servername: given.servername ?? (isIP(host) ? '' : host) }) : tcp(given)
    const timer = setTimeout(() => socket.destroy(new Error('it was not connected to in time')), Math.max(1, call.remaining()))
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      resolve('up')
      socket.destroy()
    })
    socket.on('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      reject(new Error('the connection was closed'))
    })
  })
}

const downError = (name: string, sent: boolean) =>
  new RejectedError(`${name} is down: its connections were ended so that it can recover`, {
    code: 'SELFHEAL_DEPENDENCY_DOWN',
    policy: 'dependency',
    key: name,
    ran: sent ? 'maybe' : 'no',
    retryAfterMs: RETRY_AFTER_MS,
    hint: sent ? LOOK : 'Nothing was done. It comes back by itself: try again after retryAfterMs',
  })
const lateError = (name: string) =>
  new RejectedError(`${name} did not answer within ${formatMs(END_MS)}; the call may still have had its effect`, {
    code: 'SELFHEAL_DEADLINE_EXCEEDED',
    policy: 'deadline',
    key: name,
    ran: 'maybe',
    hint: `${LOOK}; a request that may take longer needs a timeout of its own`,
  })
const LOOK = 'Look whether it was done before you do it again'
