// The same as otp.erl, in selfheal: prints one line of JSON. `object`: children with start and stop; `function`: async functions that wait
// for their signal.
import { type Component, type Life, type Spec, service, startRoot, supervisor } from '../../src/supervisor/index.ts'

const [kind = 'object', N = '10000'] = process.argv.slice(2)
const crashes: (() => void)[] = []
const makers: Readonly<Record<string, () => Component>> = {
  object: () =>
    service({
      // Its failure is told by an emitter-less object through the promise that `ended` gives.
      start: (_life: Life) => ({ ended: new Promise<void>((_, reject) => crashes.push(() => reject(new Error('crash')))) }),
      ended: ({ ended }: { readonly ended: Promise<void> }) => ended,
      stop: () => {},
    }) as Component,
  function: () =>
    service(
      (life: Life) =>
        new Promise<void>((resolve, reject) => {
          crashes.push(() => reject(new Error('crash')))
          life.signal.addEventListener('abort', () => resolve())
        }),
    ),
}
const make = makers[kind]!
/** One component for all, as Erlang's simple_one_for_one has one specification for all. */
const specs = (n: number): readonly Spec[] => {
  const component = make()
  return Array.from({ length: n }, (_, i) => ({ id: `c${i}`, component }))
}
const turn = () => new Promise<void>(resolve => setImmediate(resolve))
const heap = () => {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed
}
const atOnce = { baseMs: 0, jitter: 0 } as const

async function dynamic(n: number) {
  crashes.length = 0
  const options = { strategy: 'dynamic', intensity: 10 * n, period: '1h', backoff: atOnce } as const
  const before = heap()
  const t0 = performance.now()
  const root = await startRoot(supervisor(options))
  await Promise.all(specs(n).map(spec => root.handle.startChild(spec)))
  const start = performance.now() - t0
  const bytes = (heap() - before) / n
  const all = crashes.splice(0)
  const t1 = performance.now()
  for (const crash of all) crash()
  while (crashes.length < n || root.handle.countChildren().active < n) await turn()
  const back = performance.now() - t1
  const t2 = performance.now()
  await root.stop()
  return { start, back, stop: performance.now() - t2, bytes }
}

async function oneForAll(n: number) {
  crashes.length = 0
  const root = await startRoot(
    supervisor({ strategy: 'one_for_all', children: specs(n), intensity: 10, period: '1h', backoff: atOnce }),
  )
  const [first] = crashes.splice(0)
  const t = performance.now()
  first!()
  while (crashes.length < n || root.handle.countChildren().active < n) await turn()
  const all = performance.now() - t
  await root.stop()
  return all
}

/** From a child's crash to its successor's being ready: the median. */
async function latency(rounds: number) {
  crashes.length = 0
  const root = await startRoot(
    supervisor({ strategy: 'dynamic', intensity: 10 * rounds, period: '1h', backoff: { ...atOnce, resetAfterMs: 0 } }),
  )
  await root.handle.startChild(specs(1)[0]!)
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const ready = new Promise<void>(resolve => {
      const t = performance.now()
      root.handle.need('c0').watch(({ usable }) => {
        if (usable !== 'full') return
        times.push(performance.now() - t)
        resolve()
      })
    })
    crashes.pop()!()
    await ready
  }
  await root.stop()
  return times.sort((a, b) => a - b)[rounds >> 1]! * 1_000
}

await dynamic(200)
const figures = await dynamic(Number(N))
const one = N === '10000' ? { all: await oneForAll(1_000), latencyUs: await latency(300) } : {}
console.log(JSON.stringify({ ...figures, ...one }))
