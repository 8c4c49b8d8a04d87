// `node --expose-gc bench/policies/one.ts VARIANT`: measures one variant in this process, wall time by mitata and CPU time by the process' own
// account, and prints nanoseconds a call as JSON; of our breaker also its bytes.
import { breaker } from '../../src/policy/index.ts'
import { library } from '../peers.ts'
import { variants } from './variants.ts'

const name = process.argv[2]!
const variant = variants[name]!
const calls = variant.calls ?? 1
const run = await variant.make()
const loop = async (n: number) => {
  for (let i = 0; i < n; i++) await run()
}
const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
// Warm: the optimizing compiler has seen it before the first sample, and it is known how many fit into a round.
let warm = 0
for (const until = cpuMs() + 300; cpuMs() < until; warm += 20) await loop(20)
let cpuNs = Number.POSITIVE_INFINITY
for (let round = 0; round < 6; round++) {
  const from = cpuMs()
  await loop(warm)
  cpuNs = Math.min(cpuNs, ((cpuMs() - from) * 1e6) / warm)
}
const { measure } = (await library('mitata')) as {
  measure(fn: () => unknown, options?: object): Promise<{ readonly min: number }>
}
const { min } = await measure(
  async () => {
    await run()
  },
  { min_cpu_time: 3e8, min_samples: 5 },
)
const gc = (globalThis as { gc?: () => void }).gc

function bytesOfABreaker(): number {
  const many: unknown[] = new Array(2_000)
  gc!()
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  for (let i = 0; i < many.length; i++) many[i] = breaker({ name: 'db' })
  gc!()
  const bytes = (process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before) / many.length
  return many.length > 0 ? Math.round(bytes) : 0
}

async function bytesOfAKey(): Promise<number> {
  const keys = Array.from({ length: 2_000 }, (_, i) => `key-${i}`)
  const b = breaker({ name: 'db', maxKeys: 5_000 })
  gc!()
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  for (const key of keys) await b.run(() => 1, { key })
  gc!()
  return Math.round((process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before) / keys.length)
}

const bytes = name === 'breaker-selfheal' && gc !== undefined ? { bytes: bytesOfABreaker(), keyBytes: await bytesOfAKey() } : {}
console.log(JSON.stringify({ minNs: min / calls, cpuNs: cpuNs / calls, ...bytes }))
process.exit(0)
