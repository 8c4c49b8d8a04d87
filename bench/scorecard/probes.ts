// The probes of the scorecard: each a defect that was measured in a peer. True: the contender does what one would expect.
import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender, Made, Work } from './contenders.ts'

export interface Probe {
  readonly says: string
  readonly run: (contender: Contender) => Promise<boolean | undefined>
}

const broken = () => Promise.reject(new Error('broken'))
const fine = async () => 1
const quiet = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)
async function open(made: Made): Promise<void> {
  for (let i = 0; i < 12 && !made.isOpen(); i++) await quiet(made.run(broken))
  if (!made.isOpen()) throw new Error('it does not open')
}
function held(): { readonly work: Work; readonly end: (error?: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return { work: () => promise, end: error => (error ? reject(error) : resolve()) }
}

/** How many of ten at once get through: of a closed breaker, all. */
async function atOnce(made: Made): Promise<number> {
  let reached = 0
  const all = Array.from({ length: 10 }, () =>
    quiet(
      made.run(async () => {
        reached++
        await sleep(20)
      }),
    ),
  )
  await Promise.race([Promise.all(all), sleep(200)])
  return reached
}

export const probes: readonly Probe[] = [
  {
    says: 'one failed call on a new breaker leaves it closed',
    async run(c) {
      const b = c.breaker(1_000)
      await quiet(b.run(broken))
      return !b.isOpen()
    },
  },
  {
    says: 'the caller’s own mistake (404) as the probe does not close the breaker',
    async run(c) {
      const b = c.breaker(50)
      await open(b)
      await sleep(80)
      await quiet(b.run(() => Promise.reject(Object.assign(new Error('no such'), { status: 404 }))))
      const reached = await atOnce(b)
      return reached < 10
    },
  },
  {
    says: 'a slow success from before the trip does not close the breaker',
    async run(c) {
      const b = c.breaker(50)
      const [old, probe] = [held(), held()]
      const running = quiet(b.run(old.work))
      await open(b)
      await sleep(80)
      const probing = quiet(b.run(probe.work))
      old.end()
      await running
      const reached = await atOnce(b)
      probe.end()
      await probing
      return reached < 10
    },
  },
  {
    says: 'capacity 2, timeout 20 ms, work of 400 ms, 20 calls: at most 2 run at once',
    async run(c) {
      const s = c.stack({ max: 2, queue: 0, timeoutMs: 20 })
      if (s === undefined) return undefined
      let [now, most] = [0, 0]
      for (let i = 0; i < 20; i++) {
        void quiet(
          s.run(async () => {
            most = Math.max(most, ++now)
            await sleep(400)
            now--
          }),
        )
        await sleep(15)
      }
      await sleep(450)
      return most <= 2
    },
  },
  {
    says: 'one call that is late leaves five healthy neighbours alone',
    async run(c) {
      const t = c.timeout(100)
      const signals: (AbortSignal | undefined)[] = []
      const late = quiet(t.run(() => new Promise(() => {})))
      await sleep(60)
      const others = Array.from({ length: 5 }, () =>
        quiet(
          t.run(async signal => {
            signals.push(signal)
            await sleep(70)
          }),
        ),
      )
      await late
      const touched = signals.some(signal => signal?.aborted)
      await Promise.all(others)
      return !touched
    },
  },
  {
    says: 'ten calls at a capacity of 1, all healthy: its own refusals do not open it',
    async run(c) {
      const s = c.stack({ max: 1, queue: 0, timeoutMs: 1_000 })
      if (s === undefined) return undefined
      await Promise.all(Array.from({ length: 10 }, () => quiet(s.run(() => sleep(20)))))
      return !s.isOpen()
    },
  },
  {
    says: 'a stale failure while a good probe runs does not open it again',
    async run(c) {
      const b = c.breaker(50)
      const old = held()
      const running = quiet(b.run(old.work))
      await open(b)
      await sleep(80)
      const probe = held()
      const probing = quiet(b.run(probe.work))
      old.end(new Error('late'))
      await running
      const again = b.isOpen()
      probe.end()
      await probing
      return !again && !b.isOpen()
    },
  },
  {
    says: '1000 callers at a half-open breaker whose probe succeeds: not all at once',
    async run(c) {
      const b = c.breaker(50)
      await open(b)
      await sleep(80)
      let [now, most] = [0, 0]
      await Promise.all(
        Array.from({ length: 1_000 }, () =>
          quiet(
            b.run(async () => {
              most = Math.max(most, ++now)
              await sleep(30)
              now--
            }),
          ),
        ),
      )
      return most <= 100
    },
  },
  {
    says: 'a call that is aborted in the queue rejects at once',
    async run(c) {
      const s = c.stack({ max: 1, queue: 5, timeoutMs: 2_000 })
      if (s === undefined) return undefined
      const first = quiet(s.run(() => sleep(400)))
      const caller = new AbortController()
      let rejected = false
      const queued = quiet(s.run(fine, caller.signal)).then(() => (rejected = true))
      await sleep(20)
      caller.abort()
      await sleep(50)
      const atOnce = rejected
      await Promise.all([first, queued])
      return atOnce
    },
  },
  {
    says: 'the caller’s abort under a timeout of 5 s is not told as a timeout',
    async run(c) {
      if (c.name === 'opossum') return undefined
      const t = c.timeout(5_000)
      const caller = new AbortController()
      const left = quiet(t.run(() => new Promise(() => {}), caller.signal))
      caller.abort()
      const error = (await Promise.race([left, sleep(300)])) as Error | undefined
      return error !== undefined && !/timed out/i.test(error.message)
    },
  },
  {
    says: 'a retry around an open breaker does not wait for nothing',
    async run(c) {
      const b = c.breaker(60_000)
      await open(b)
      const r = c.retryOver(b)
      if (r === undefined) return undefined
      let over = false
      void quiet(r.run(fine)).then(() => (over = true))
      await sleep(100)
      return over
    },
  },
  {
    says: 'a wall clock that steps back an hour does not keep the breaker open',
    async run(c) {
      const b = c.breaker(50)
      await open(b)
      const real = Date.now
      Date.now = () => real() - 3_600_000
      try {
        await sleep(80)
        return (await quiet(b.run(fine))) === 1
      } finally {
        Date.now = real
      }
    },
  },
  {
    says: '1,000 calls on one long-lived signal leave no listener',
    async run(c) {
      if (c.name === 'opossum') return undefined
      const t = c.timeout(1_000)
      const { signal } = new AbortController()
      for (let i = 0; i < 1_000; i++) await t.run(fine, signal)
      return getEventListeners(signal, 'abort').length === 0
    },
  },
]
