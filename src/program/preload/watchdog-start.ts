// The main thread's side of the watchdog: it ticks a shared heartbeat, sends reports through the watchdog thread, and hears the orders
// that concern the app. Neither keeps the process alive.
import { Worker } from 'node:worker_threads'
import type { Json } from '../../core/index.ts'
import type { Asked } from '../bridge.ts'
import type { Order, Report } from '../link.ts'
import { heartbeat, SENT } from './vitals.ts'
import type { Watched } from './watchdog.ts'

export interface WatchdogHandle {
  report(report: Report): void
  /** Routes that took other lives, as the supervisor knows them. */
  poison(): readonly string[]
  /** `fn` is called once, when the supervisor asks the program to finish. */
  onDrain(fn: (withinMs: number, linger: boolean) => void): void
  /** `fn` is called once, when a spare is to become a life. */
  onGo(fn: (generation: number) => void): void
  /** `fn` answers the supervisor's questions; what it throws becomes { failed }. */
  onAsk(fn: (asked: Asked) => Promise<Json>): void
  /** Waits, a moment at most, until what was reported is on the link: for the last words of a process. */
  flush(): void
}

const LAST_WORDS_MS = 100

export function startWatchdog(linkFd: number, hangMs: number, routes: SharedArrayBuffer): WatchdogHandle {
  const pulse = heartbeat()
  const file = new URL(import.meta.url.endsWith('.ts') ? './watchdog.ts' : './watchdog.js', import.meta.url)
  const { NODE_OPTIONS: _, ...env } = process.env
  const worker = new Worker(file, {
    workerData: { linkFd, hangMs, heartbeat: pulse, routes } satisfies Watched,
    name: 'selfheal-watchdog',
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env,
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  })
  worker.on('error', () => {})
  worker.unref()
  let drain: (withinMs: number, linger: boolean) => void = () => {}
  let go: (generation: number) => void = () => {}
  let draining = false
  let poison: readonly string[] = []
  let ask: (asked: Asked) => Promise<Json> = async () => null
  let reported = 0
  const report = (report: Report) => {
    reported++
    worker.postMessage(report)
  }
  worker.on('message', (order: Order) => {
    if (order.is === 'ask') void answer(order, ask).then(data => report({ v: 1, is: 'reply', to: order.id, data }))
    if (order.is === 'listen') go(order.generation)
    if (order.is === 'go') poison = order.poison ?? []
    if (order.is !== 'drain' || draining) return
    draining = true
    worker.postMessage('draining')
    drain(order.withinMs, order.linger === true)
  })
  worker.unref()
  return Object.freeze({
    report,
    poison: () => poison,
    onDrain(fn: (withinMs: number, linger: boolean) => void) {
      drain = fn
    },
    onGo(fn: (generation: number) => void) {
      go = fn
    },
    onAsk(fn: (asked: Asked) => Promise<Json>) {
      ask = fn
    },
    flush() {
      const end = performance.now() + LAST_WORDS_MS
      for (let done = Atomics.load(pulse, SENT); done < reported; done = Atomics.load(pulse, SENT))
        if (performance.now() > end || Atomics.wait(pulse, SENT, done, LAST_WORDS_MS) === 'timed-out') return
    },
  })
}

async function answer({ path, verb, args }: Order & { is: 'ask' }, ask: (asked: Asked) => Promise<Json>): Promise<Json> {
  try {
    return { value: await ask({ path, verb, ...(args === undefined ? {} : { args }) }) }
  } catch (error) {
    const { code, message, mend } = error as { code?: unknown; message?: unknown; mend?: unknown }
    return {
      failed: { code: String(code ?? 'SELFHEAL_VERB_FAILED'), message: String(message ?? error), mend: String(mend ?? '') },
    }
  }
}
