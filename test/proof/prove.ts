// Batch after batch until so many orders have run; what they came to in one summary. A batch that fails says its seed and the timelines.
// One that fails while a process stood still for longer than `settles` leaves room for is run again, and counted as void.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Simulator, simulator } from '../process/failover/kit.ts'
import { type BatchResult, runBatch } from './batch.ts'
import type { Mutant } from './mutants.ts'
import { type MachineConfig, NUMBERS } from './numbers.ts'
import { watched } from './still.ts'
import type { Fault } from './verdict.ts'

export interface ProveOptions {
  readonly runs: number
  readonly seed: number
  /** These batches, as a run that failed names them, instead of what `seed` leads to. */
  readonly seeds?: readonly number[]
  readonly batch: number
  readonly withinMs: number
  /** The longest that a process stands still: within what `settles` allows for. */
  readonly stallMs?: number
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
  /** Batches run again: this machine let a process stand still for longer than the providers' promises allow for. */
  readonly voided: number
}

const LANES = 2
const MOST_TIMELINES = 5
const MOST_AGAIN = 3

export async function prove(options: ProveOptions): Promise<Summary> {
  const { batch, say, seeds } = options
  const runs = seeds === undefined ? options.runs : seeds.length * batch
  const count: Record<Fault, number> = { double: 0, unalarmed: 0, stuck: 0, unresolved: 0, wrong: 0, lost: 0, lied: 0 }
  const failedSeeds: number[] = []
  const times: number[] = []
  let [done, decided, alarmed, kills, told, voided] = [0, 0, 0, 0, 0, 0]
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-still-'))
  const batches = Math.ceil(runs / batch)
  let next = 0

  async function lane(i: number) {
    const still = join(folder, `lane-${i}`)
    const [stripe, braintree] = await Promise.all([simulator('stripe', watched(still)), simulator('braintree', watched(still))])
    try {
      while (next < batches) {
        const n = next++
        const kind = options.ledgers[n % options.ledgers.length]!
        const batchOf = () =>
          runBatch({
            seed: seeds?.[n] ?? options.seed * 100_000 + n,
            runs: Math.min(batch, runs - n * batch),
            way: options.way,
            withinMs: options.withinMs,
            stallMs: options.stallMs ?? NUMBERS.stall,
            simulators: { stripe, braintree },
            still,
            ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
            ...(kind === 'postgres' && options.postgres !== undefined ? { postgres: options.postgres } : {}),
          })
        let result = await batchOf()
        for (let again = 0; again < MOST_AGAIN && unfair(result); again++) {
          voided++
          say(
            `seed ${result.plan.seed} is run again: a process stood still for ${result.stillMs} ms, and ${NUMBERS.settles} ms to settle leave no room for that`,
          )
          result = await batchOf()
        }
        add(result, kind)
      }
    } finally {
      await Promise.all([stripe, braintree].map((one: Simulator) => one.stop()))
    }
  }

  const unfair = ({ results, stillMs }: BatchResult) =>
    options.way === 'selfheal' &&
    options.mutant === undefined &&
    options.stallMs === undefined &&
    stillMs > NUMBERS.room &&
    results.some(({ verdict }) => verdict.faults.length > 0)

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
          `\n✖ ${verdict.faults.join(', ')}  seed ${plan.seed} (${kind} ledger; first ${plan.first}${plan.brokenKeys ? '; keys broken' : ''}${plan.prunes ? '; keys pruned' : ''}${plan.stalls.map(one => `; ${one.who} still at ${one.atMs} for ${one.forMs} ms`).join('')}${plan.outage === undefined ? '' : `; ${plan.outage.at} ${plan.outage.mode} from ${plan.outage.fromMs} for ${plan.outage.forMs} ms`})\n  ${timeline.join('\n  ')}`,
        )
    }
    if (failed) failedSeeds.push(plan.seed)
    say(`${done}/${runs}  ${kills} kill -9, ${count.double} double, ${alarmed} alarmed, ${count.stuck} stuck`)
  }

  await Promise.all(Array.from({ length: Math.min(LANES, batches) }, (_, i) => lane(i)))
  rmSync(folder, { recursive: true, force: true })
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
    voided,
  }
}
