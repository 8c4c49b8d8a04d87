// Watchdog: a thread of the program that sees a stuck loop. It owns the link, so it can speak while the main thread can't; at its
// end-of-file (the supervisor is gone) it ends the whole process group, so that no orphan keeps the port.
//
//   heartbeat moves → beat once a second      stands still for hangMs → stack by the inspector → hung      EOF → SIGKILL the group
import { Socket } from 'node:net'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { Order, Report } from '../link.ts'
import { mainThreadStack } from './stack.ts'

const LOOK_MS = 250
const BEAT_EVERY = 4
/** This thread itself was late by more: the machine slept or the process was stopped. That is no hang. */
const SLEPT_MS = 2_000
const UNHEARD_DRAIN_MS = 1_000
/** So much of it may wait for a slow supervisor: beats and events beyond it are dropped. */
const MAX_DROPPABLE = 64 * 1024

if (!isMainThread) watch(workerData as { linkFd: number; hangMs: number; heartbeat: Int32Array })

function watch({
  linkFd,
  hangMs,
  heartbeat,
}: {
  readonly linkFd: number
  readonly hangMs: number
  /** [0] ticks of the main thread; [1] its reports that are on the link. */
  readonly heartbeat: Int32Array
}): void {
  const socket = new Socket({ fd: linkFd, readable: true, writable: true })
  const send = (report: Report, droppable = false) => {
    if (!socket.writable || (droppable && socket.writableLength > MAX_DROPPABLE) || socket.writableLength > 1024 * 1024) return
    socket.write(`${JSON.stringify(report)}\n`)
  }
  const endGroup = () => process.kill(0, 'SIGKILL')
  socket.on('error', endGroup).on('close', endGroup).on('end', endGroup)

  let heard = true
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const order = JSON.parse(line) as Order
      parentPort!.postMessage(order)
      if (order.is !== 'drain') continue
      heard = false
      // A main thread that is stuck can't drain: SIGTERM ends it where it has no handler, and the grace where it has.
      setTimeout(() => heard || process.kill(process.pid, 'SIGTERM'), UNHEARD_DRAIN_MS)
    }
  })
  parentPort!.on('message', (message: Report | 'draining') => {
    if (message === 'draining') heard = true
    else {
      send(message, message.is === 'event')
      Atomics.add(heartbeat, 1, 1)
      Atomics.notify(heartbeat, 1)
    }
  })
  send({ v: 1, is: 'hello', pid: process.pid, speaks: 1 })

  let seen = Atomics.load(heartbeat, 0)
  let movedAt = performance.now()
  let lookedAt = movedAt
  let looks = 0
  let told = false
  setInterval(async () => {
    const now = performance.now()
    const slept = now - lookedAt > SLEPT_MS
    lookedAt = now
    const count = Atomics.load(heartbeat, 0)
    if (count !== seen || slept || told) {
      seen = count
      movedAt = now
    }
    const stillMs = now - movedAt
    if (++looks % BEAT_EVERY === 0) send({ v: 1, is: 'beat', lateMs: Math.round(stillMs), rss: process.memoryUsage.rss() }, true)
    if (stillMs < hangMs || told) return
    told = true
    const stack = await mainThreadStack()
    // A debugger stopped it on purpose.
    if (stack === 'debugged') told = false
    else send({ v: 1, is: 'hung', forMs: Math.round(stillMs), stack })
  }, LOOK_MS)
}
