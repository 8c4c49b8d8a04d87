// The main thread's side of the watchdog: it ticks a shared heartbeat, sends reports through the watchdog thread, and hears the orders
// that concern the app. Neither keeps the process alive.
import { Worker } from 'node:worker_threads'
import type { Order, Report } from '../link.ts'

export interface WatchdogHandle {
  report(report: Report): void
  /** `fn` is called once, when the supervisor asks the program to finish. */
  onDrain(fn: (withinMs: number) => void): void
}

const TICK_MS = 100

export function startWatchdog(linkFd: number, hangMs: number): WatchdogHandle {
  const heartbeat = new Int32Array(new SharedArrayBuffer(4))
  const file = new URL(import.meta.url.endsWith('.ts') ? './watchdog.ts' : './watchdog.js', import.meta.url)
  const { NODE_OPTIONS: _, ...env } = process.env
  const worker = new Worker(file, {
    workerData: { linkFd, hangMs, heartbeat },
    name: 'selfheal-watchdog',
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env,
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  })
  worker.on('error', () => {})
  worker.unref()
  setInterval(() => void Atomics.add(heartbeat, 0, 1), TICK_MS).unref()
  let drain: (withinMs: number) => void = () => {}
  let draining = false
  worker.on('message', (order: Order) => {
    if (order.is !== 'drain' || draining) return
    draining = true
    worker.postMessage('draining')
    drain(order.withinMs)
  })
  worker.unref()
  return Object.freeze({
    report: (report: Report) => worker.postMessage(report),
    onDrain(fn: (withinMs: number) => void) {
      drain = fn
    },
  })
}
