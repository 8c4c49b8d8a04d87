// Watchdog: a thread of the program that sees a stuck loop. It owns the link, so it can speak while the main thread can't; at its
// end-of-file (the supervisor is gone) it ends the whole process group, so that no orphan keeps the port.
//
//   heartbeat moves → beat once a second      stands still for hangMs → stack by the inspector, else the kernel's view → hung      EOF → SIGKILL the group
import { readdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { Order, Report } from '../link.ts'
import { watchBlocked } from './blocked.ts'
import { kernelView } from './kernel.ts'
import { readRoutes } from './routes.ts'
import { mainThreadStack } from './stack.ts'
import { stillness } from './stillness.ts'
import { type Heartbeat, readVitals, SENT, TICKS } from './vitals.ts'

const LOOK_MS = 250
const BEAT_EVERY = 4
const FDS_EVERY = 20
const UNHEARD_DRAIN_MS = 1_000
/** So much of it may wait for a slow supervisor: beats and events beyond it are dropped. */
const MAX_DROPPABLE = 64 * 1024

export interface Watched {
  readonly linkFd: number
  readonly hangMs: number
  readonly heartbeat: Heartbeat
  readonly routes: SharedArrayBuffer
}

if (!isMainThread) watch(workerData as Watched)

function watch({ linkFd, hangMs, heartbeat, routes }: Watched): void {
  const socket = new Socket({ fd: linkFd, readable: true, writable: true })
  const send = (report: Report, droppable = false) => {
    if (!socket.writable || (droppable && socket.writableLength > MAX_DROPPABLE) || socket.writableLength > 1024 * 1024) return
    socket.write(`${JSON.stringify(report)}\n`)
  }
  const endGroup = () => process.kill(0, 'SIGKILL')
  socket.on('error', endGroup).on('close', endGroup).on('end', endGroup)

  let heard = true
  let serves = false
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const order = JSON.parse(line) as Order
      parentPort!.postMessage(order)
      serves ||= order.is === 'go'
      if (order.is !== 'drain') continue
      heard = false
      // A main thread that is stuck can't drain: SIGTERM ends it where it has no handler, and the grace where it has.
      setTimeout(() => heard || process.kill(process.pid, 'SIGTERM'), UNHEARD_DRAIN_MS)
    }
  })
  parentPort!.on('message', (message: Report | 'draining') => {
    if (message === 'draining') heard = true
    else {
      serves ||= message.is === 'listening' || message.is === 'ready'
      send(message, message.is === 'event')
      Atomics.add(heartbeat, SENT, 1)
      Atomics.notify(heartbeat, SENT)
    }
  })
  send({ v: 1, is: 'hello', pid: process.pid, speaks: 1 })

  const still = stillness(LOOK_MS, performance.now())
  const ticks = () => Atomics.load(heartbeat, TICKS)
  const route = () => readRoutes(routes)[0]
  const blocked = watchBlocked({ hangMs, ticks, route, tell: stood => send({ v: 1, is: 'blocked', ...stood }, true) })
  let fds = 0
  let rss = 0
  let looks = 0
  let told = false
  setInterval(async () => {
    const now = performance.now()
    const ticked = ticks()
    const stillMs = still.look(ticked, now)
    if (serves) blocked.look(ticked, stillMs, now)
    if (looks % FDS_EVERY === 0) fds = openFiles()
    if (++looks % BEAT_EVERY === 0) {
      try {
        rss = process.memoryUsage.rss()
      } catch {
        // No descriptor is left to read it by: the beat must still be heard.
      }
      send({ v: 1, is: 'beat', rss, fds, ...readVitals(heartbeat, stillMs) }, true)
    }
    // A long boot is the supervisor's to judge: it has a time of its own.
    if (stillMs < hangMs || told || !serves) return
    told = true
    blocked.giveUp()
    const at = route()
    const stack = await mainThreadStack()
    if (stack === 'debugged') {
      // A debugger stopped it on purpose.
      told = false
      return still.reset(performance.now())
    }
    const inKernel = stack === null ? kernelView() : undefined
    send({
      v: 1,
      is: 'hung',
      forMs: Math.round(stillMs),
      stack,
      ...(at === undefined ? {} : { route: at }),
      ...(inKernel === undefined ? {} : { inKernel }),
    })
  }, LOOK_MS)
}

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}
