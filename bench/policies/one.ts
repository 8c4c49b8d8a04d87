// `node bench/policies/one.ts VARIANT`: measures one variant in this process, by mitata, and prints nanoseconds a call as JSON.
import { library } from '../peers.ts'
import { variants } from './variants.ts'

interface Stats {
  readonly p50: number
  readonly avg: number
  readonly min: number
}
const variant = variants[process.argv[2]!]!
const run = await variant.make()
// Warm: the optimizing compiler has seen it before the first sample.
for (let i = 0; i < 100_000 / (variant.calls ?? 1); i++) await run()
const { measure } = (await library('mitata')) as { measure(fn: () => unknown, options?: object): Promise<Stats> }
const { avg, p50, min } = await measure(
  async () => {
    await run()
  },
  { min_cpu_time: 1e9 },
)
const calls = variant.calls ?? 1
console.log(JSON.stringify({ avgNs: avg / calls, p50Ns: p50 / calls, minNs: min / calls }))
process.exit(0)
