// Batch after batch until so many orders have run; what they came to in one summary. A batch that fails says its seed and the timelines.
import { type Simulator, simulator } from '../process/failover/kit.ts'
import { type BatchResult, runBatch } from './batch.ts'
import type { Mutant } from './mutants.ts'
import type { MachineConfig } from './numbers.ts'
import type { Fault } from './verdict.ts'

export interface ProveOptions {
  readonly runs: number
  readonly seed: number
  readonly batch: number
  readonly withinMs: number
  readonly way: MachineConfig['way']
  readonly mutant?: Mutant
  readonly ledgers: readonly ('sqlite' | 'postgres')[]
  readonly postgres?: string
  readonly say: (text: string) => void
}

export interface Summary {
  readonly ok: boolean
  readonly runs: number
  /** Where the provider honours its keys. */
  readonly doubleCharges: number
  /** Doubles of a provider that does not, all of them alarmed. */
  readonly alarmed: number
  readonly unalarmed: number
  readonly stuck: number
  readonly unresolved: number
  /** Decided otherwise than the books say, or charged and unknown to the ledger. */
  readonly wrong: number
  /** A customer was told what is not so. */
  readonly lied: number
  readonly decidedShare: number
  readonly kills: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly slowestMs: number
  readonly seed: number
  readonly failedSeeds: readonly number[]
}

const LANES = 2
const MOST_TIMELINES = 5

export async function prove(options: ProveOptions): Promise<Summary> {
  const { runs, batch, say } = options
  const count: Record<Fault, number> = { double: 0, unalarmed: 0, stuck: 0, unresolved: 0, wrong: 0, lost: 0, lied: 0 }
  const failedSeeds: number[] = []
  const times: number[] = []
  let [done, decided, alarmed, kills, told] = [0, 0, 0, 0, 0]
  const batches = Math.ceil(runs / batch)
  let next = 0

  async function lane() {
    const [stripe, braintree] = await Promise.all([simulator('stripe'), simulator('braintree')])
    try {
      while (next < batches) {
        const n = next++
        const kind = options.ledgers[n % options.ledgers.length]!
        const result = await runBatch({
          seed: options.seed * 100_000 + n,
          runs: Math.min(batch, runs - n * batch),
          way: options.way,
          withinMs: options.withinMs,
          simulators: { stripe, braintree },
          ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
          ...(kind === 'postgres' && options.postgres !== undefined ? { postgres: options.postgres } : {}),
        })
        add(result, kind)
      }
    } finally {
      await Promise.all([stripe, braintree].map((one: Simulator) => one.stop()))
    }
  }

  function add({ plan, results, kills: killed }: BatchResult, kind: string) {
    kills += killed
    done += results.length
    let failed = false
    for (const { verdict, decidedMs, timeline } of results) {
      if (verdict.decided) decided++
      if (verdict.charges > 1 && verdict.alarmed) alarmed++
      if (decidedMs !== undefined) times.push(decidedMs)
      for (const fault of verdict.faults) count[fault]++
      if (verdict.faults.length === 0) continue
      failed = true
      if (options.way === 'selfheal' && told++ < MOST_TIMELINES)
        say(
          `\n✖ ${verdict.faults.join(', ')}  seed ${plan.seed} (${kind} ledger; first ${plan.first}${plan.brokenKeys ? '; keys broken' : ''}${plan.prunes ? '; keys pruned' : ''}${plan.outage === undefined ? '' : `; ${plan.outage.at} ${plan.outage.mode} from ${plan.outage.fromMs} for ${plan.outage.forMs} ms`})\n  ${timeline.join('\n  ')}`,
        )
    }
    if (failed) failedSeeds.push(plan.seed)
    say(`${done}/${runs}  ${kills} kill -9, ${count.double} double, ${alarmed} alarmed, ${count.stuck} stuck`)
  }

  await Promise.all(Array.from({ length: Math.min(LANES, batches) }, lane))
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
  const wrong = count.wrong + count.lost
  const decidedShare = done === 0 ? 0 : Math.round((decided / done) * 1_000_000) / 1_000_000
  const ok =
    count.double === 0 && count.unalarmed === 0 && count.stuck === 0 && wrong === 0 && count.lied === 0 && decidedShare >= 0.999
  return {
    ok,
    runs: done,
    doubleCharges: count.double,
    alarmed,
    unalarmed: count.unalarmed,
    stuck: count.stuck,
    unresolved: count.unresolved,
    wrong,
    lied: count.lied,
    decidedShare,
    kills,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    slowestMs: at(1),
    seed: options.seed,
    failedSeeds,
  }
}
