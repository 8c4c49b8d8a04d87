// The same as otp.erl, in selfheal: prints one line of JSON. `object`: children with start and stop; `function`: async functions that wait
// for their signal.
import { type Component, type Life, type Spec, service, startRoot, supervisor } from '../../src/supervisor/index.ts'

const [kind = 'object', N = '10000', more = 'more'] = process.argv.slice(2)
const error = new Error('crash')
const crashes: (() => void)[] = []
const ended = () => new Promise<void>((_, reject) => crashes.push(() => reject(error)))
const idle = (): Component => service({ start: () => ({}), stop: () => {} }) as Component
const makers: Readonly<Record<string, () => Component>> = {
  object: () => service({ start: () => ({ ended: ended() }), stop: () => {}, ended: handle => handle.ended }),
  function: () =>
    service(
      (life: Life) =>
        new Promise<void>((resolve, reject) => {
          crashes.push(() => reject(error))
          life.signal.addEventListener('abort', () => resolve())
        }),
    ),
}
const make = makers[kind]!
/** One component for all, as Erlang's simple_one_for_one has one specification for all. */
const specs = (n: number, component = make()): readonly Spec[] =>
  Array.from({ length: n }, (_, i) => ({ id: `c${i}`, component }))
const turn = () => new Promise<void>(resolve => setImmediate(resolve))
const heap = () => {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed
}
const atOnce = { baseMs: 0, jitter: 0 } as const
const dynamicOptions = (n: number) => ({ strategy: 'dynamic', intensity: 10 * n, period: '1h', backoff: atOnce }) as const

async function dynamic(n: number) {
  crashes.length = 0
  heap()
  const t0 = performance.now()
  const root = await startRoot(supervisor(dynamicOptions(n)))
  await Promise.all(specs(n).map(spec => root.handle.startChild(spec)))
  const start = performance.now() - t0
  const all = crashes.splice(0)
  const t1 = performance.now()
  for (const crash of all) crash()
  while (crashes.length < n || root.handle.countChildren().active < n) await turn()
  const back = performance.now() - t1
  const t2 = performance.now()
  await root.stop()
  return { start, back, stop: performance.now() - t2 }
}

/** Children that have nothing of their own but an empty handle. */
async function bytes(n: number) {
  const root = await startRoot(supervisor(dynamicOptions(n)))
  const all = specs(n, idle())
  const before = heap()
  await Promise.all(all.map(spec => root.handle.startChild(spec)))
  const each = (heap() - before) / n
  await root.stop()
  return each
}

async function oneForAll(n: number) {
  crashes.length = 0
  const options = { strategy: 'one_for_all', children: specs(n), intensity: 10, period: '1h', backoff: atOnce } as const
  const root = await startRoot(supervisor(options))
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
  const backoff = { ...atOnce, resetAfterMs: 0 }
  const root = await startRoot(supervisor({ ...dynamicOptions(rounds), backoff }))
  await root.handle.startChild(specs(1)[0]!)
  let ready = () => {}
  root.handle.need('c0').watch(({ usable }) => usable === 'full' && ready())
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const back = new Promise<void>(resolve => {
      ready = resolve
    })
    const t = performance.now()
    crashes.pop()!()
    await back
    times.push(performance.now() - t)
  }
  await root.stop()
  return times.sort((a, b) => a - b)[rounds >> 1]! * 1_000
}

const n = Number(N)
/** Rounds unmeasured, on every side the same: what is compared is code that has run. */
const WARM = 3
const perChild = more === 'more' ? { bytes: await bytes(n) } : {}
for (let i = 0; i < WARM; i++) await dynamic(Math.min(n, 10_000))
const figures = await dynamic(n)
if (more === 'more') for (let i = 0; i < WARM; i++) await oneForAll(1_000)
const one = more === 'more' ? { all: await oneForAll(1_000), latencyUs: await latency(2_000) } : {}
console.log(JSON.stringify({ ...figures, ...perChild, ...one }))
