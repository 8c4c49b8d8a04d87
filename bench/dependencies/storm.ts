// A storm: fifty pools (five in each of ten processes), whose pages make four queries at a time, lose their PostgreSQL for eight seconds. When
// it is back, how many connections are made at once, probes included? The relay on the way counts them; it is also what was away.
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DEADLINE_MS, type Plan } from './plan.ts'
import { relay } from './relay.ts'
import { type Done, FLAGS, heard } from './run.ts'
import { postgresStage } from './stage.ts'

export interface Storm {
  readonly arm: 'bare' | 'selfheal'
  readonly peakIn100Ms: number
  readonly peakInASecond: number
  /** In the five seconds after it. */
  readonly made: number
  readonly lostAfter: number
  /** From its end until the last call that was not answered well. */
  readonly backMs: number | undefined
  readonly tooMany: number
}

const PROCESSES = 10
const POOLS = 5
const PER_POOL = 8
const TOGETHER = 4
const [LEAD_MS, AWAY_MS, AFTER_MS] = [3_000, 8_000, 6_000]
const COUNTED_MS = 5_000

export async function storm(arm: Storm['arm']): Promise<Storm> {
  console.error(`storm of ${PROCESSES * POOLS}: ${arm} …`)
  const base = await postgresStage(300)
  const way = await relay(base.server.port)
  const apps: ChildProcess[] = []
  try {
    for (let i = 0; i < PROCESSES; i++) {
      const target = { ...base.target, port: way.port }
      const plan: Plan = {
        ...{ arm, driver: 'postgres', target, index: i % 4 },
        ...{ perSecond: PER_POOL * POOLS, instances: POOLS, together: TOGETHER },
      }
      apps.push(fork(join(import.meta.dirname, 'app.ts'), [JSON.stringify(plan)], { execArgv: FLAGS }))
    }
    await Promise.all(apps.map(heard))
    for (const app of apps) app.send('go')
    await wait(LEAD_MS)
    await way.shut()
    await wait(AWAY_MS)
    const ended = Date.now()
    await way.open()
    await wait(AFTER_MS)
    const dones = apps.map(heard)
    for (const app of apps) app.send('stop')
    const taken = way.taken.filter(at => at >= ended && at < ended + COUNTED_MS)
    return { arm, ...comesTo((await Promise.all(dones)) as Done[], taken, ended) }
  } finally {
    for (const app of apps) app.kill('SIGKILL')
    await way.close()
    await base.close()
  }
}

function comesTo(dones: readonly Done[], taken: readonly number[], ended: number): Omit<Storm, 'arm'> {
  const after = dones
    .flatMap(({ calls }) => calls)
    .filter(({ beganAt }) => beganAt >= ended)
    .sort((a, b) => a.beganAt - b.beganAt)
    .map(call => ({ ...call, good: call.ok === true && call.endedAt! - call.beganAt <= DEADLINE_MS }))
  const lastBad = after.findLastIndex(({ good }) => !good)
  const tooMany = dones.flatMap(({ says }) => says).filter(said => said.includes('53300'))
  return {
    peakIn100Ms: most(taken, 100),
    peakInASecond: most(taken, 1_000),
    made: taken.length,
    lostAfter: after.filter(({ good }) => !good).length,
    backMs: lastBad === after.length - 1 ? undefined : after[lastBad + 1]!.beganAt - ended,
    tooMany: tooMany.reduce((sum, said) => sum + Number.parseInt(said, 10), 0),
  }
}

function most(times: readonly number[], withinMs: number): number {
  return Math.max(0, ...times.map((from, i) => times.slice(i).filter(at => at < from + withinMs).length))
}
