// The same with nact, the actor library best known on npm: children of one actor, each of which throws and is reset by its onCrash.
// Prints one line of JSON. It has no group restarts, and its stop does not say when it is done: that is awaited actor by actor.
import { library } from '../peers.ts'

interface Nact {
  start(): object
  stop(ref: object): void
  spawn(parent: object, fn: (state: unknown, message: string) => unknown, name?: string, options?: object): object
  spawnStateless(parent: object, fn: (message: string) => unknown, name?: string, options?: object): object
  dispatch(ref: object, message: string): void
}
const { start, stop, spawn, dispatch } = ((m: { default?: Nact } & Nact) => m.default ?? m)((await library('nact')) as Nact)

const n = Number(process.argv[2] ?? 10_000)
const WARM = 3
const turn = () => new Promise<void>(resolve => setImmediate(resolve))
const heap = () => {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed
}

async function dynamic(n: number) {
  let answered = 0
  let stopped = 0
  const system = start()
  const before = heap()
  const t0 = performance.now()
  const parent = spawn(system, () => {}, 'parent')
  const behave = (state: unknown, message: string) => {
    if (message === 'crash') throw new Error('crash')
    answered++
    return state
  }
  const options = { onCrash: (_m: unknown, _e: unknown, ctx: { reset: unknown }) => ctx.reset, afterStop: () => void stopped++ }
  const all = Array.from({ length: n }, (_, i) => spawn(parent, behave, `c${i}`, options))
  for (const child of all) dispatch(child, 'are you there')
  while (answered < n) await turn()
  const started = performance.now() - t0
  const bytes = (heap() - before) / n
  answered = 0
  const t1 = performance.now()
  for (const child of all) dispatch(child, 'crash')
  for (const child of all) dispatch(child, 'are you there')
  while (answered < n) await turn()
  const back = performance.now() - t1
  const t2 = performance.now()
  for (const child of all) stop(child)
  while (stopped < n) await turn()
  return { start: started, back, stop: performance.now() - t2, bytes }
}

// It prints a line to the console for each crash.
console.error = () => {}
console.log = (
  log => (text: unknown) =>
    String(text).startsWith('{') ? log(text) : undefined
)(console.log)
for (let i = 0; i < WARM; i++) await dynamic(Math.min(n, 10_000))
console.log(JSON.stringify(await dynamic(n)))
process.exit()
