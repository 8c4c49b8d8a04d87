// Whether a program that listens nowhere boots still, or is none that serves: a worker. Waiting for a database and waiting for work look
// alike from outside, so it is a matter of time, by what it has to start (30 s by default: 5 s, 15 s and 20 s).
//
//   no server was made: a sixth, when its loop is mostly idle by then, else a half      one was made, and does not listen: two thirds
import net from 'node:net'
import { performance } from 'node:perf_hooks'

const LOOK_MS = 250
const IDLE_LOOKS = 4
const IDLE = 0.5

/** Calls `tell` once, unless `listens` by then. */
export function watchSettled(startWithinMs: number, listens: () => boolean, tell: () => void): void {
  const begun = performance.now()
  const made = serverMade()
  let idle = 0
  let last = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    if (listens()) return clearInterval(timer)
    const now = performance.eventLoopUtilization()
    idle = performance.eventLoopUtilization(now, last).utilization < IDLE ? idle + 1 : 0
    last = now
    const share = made() ? 2 / 3 : idle >= IDLE_LOOKS ? 1 / 6 : 1 / 2
    if (performance.now() - begun < startWithinMs * share) return
    clearInterval(timer)
    tell()
  }, LOOK_MS).unref()
}

/** Every server of net, http and http2 takes its first listener in its constructor. */
function serverMade(): () => boolean {
  const prototype = net.Server.prototype as { on?: unknown }
  const { on } = net.Server.prototype
  let made = false
  prototype.on = function (this: net.Server, ...args: Parameters<typeof on>) {
    made = true
    delete prototype.on
    return Reflect.apply(on, this, args)
  }
  return () => made
}
