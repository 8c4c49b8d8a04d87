// `npm run bench:herd`: what N machines that restart at the same moment do to the database they share, with jitter and without. A simulation
// on the rule that selfheal really uses (supervisor/rule.ts), with a clock of its own: every machine's program needs the database to boot;
// the database works on so many boots at a time, each of the others waits, and a boot that takes too long is a crash like any other.
//
//   all machines fall at 0 (a shared cause) ─► boot: so much work of the database ─► in time: ready   ─► late: the rule says when to try again
import { parseArgs } from 'node:util'
import { noBudgetSpent, noFalls, onFall } from '../src/supervisor/rule.ts'
import { table } from './table.ts'

const { values } = parseArgs({
  options: {
    machines: { type: 'string', default: '100' },
    capacity: { type: 'string', default: '10' },
    work: { type: 'string', default: '500' },
    within: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
})
const [machines, capacity, workMs, withinMs] = [values.machines, values.capacity, values.work, values.within].map(Number) as [
  number,
  number,
  number,
  number,
]

interface Outcome {
  readonly boots: number
  readonly late: number
  readonly peak: number
  readonly peakPerSecond: number
  readonly allReadyMs: number | undefined
}

/** A small generator, so that each run says the same. */
function chance(seed: number): () => number {
  let s = seed
  return () => {
    s = (s * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return s / 4_294_967_296
  }
}

function simulate(jitter: number, spreadMs: number): Outcome {
  const random = chance(Number(values.seed))
  const figures = {
    intensity: Number.POSITIVE_INFINITY,
    periodMs: 60_000,
    backoff: { baseMs: 100, capMs: 30_000, jitter },
    resetAfterMs: 60_000,
    retryEveryMs: undefined,
  }
  const all = Array.from({ length: machines }, () => ({
    wear: { count: 0, looping: false },
    budget: noBudgetSpent(),
    falls: noFalls(),
    dueAt: spreadMs * random(),
    since: -1,
    left: 0,
    ready: false,
  }))
  let [boots, late, peak, peakPerSecond, now] = [0, 0, 0, 0, 0]
  let perSecond = 0
  const STEP_MS = 10
  for (; now < 600_000 && all.some(one => !one.ready); now += STEP_MS) {
    if (now % 1_000 === 0) perSecond = 0
    for (const one of all) {
      if (one.ready || one.since >= 0 || one.dueAt > now) continue
      one.since = now
      one.left = workMs
      boots++
      peakPerSecond = Math.max(peakPerSecond, ++perSecond)
    }
    const waiting = all.filter(one => one.since >= 0)
    peak = Math.max(peak, waiting.length)
    // A database under too many callers shares what it can do among all of them: it works, but nobody is served in time.
    const share = Math.min(1, capacity / Math.max(1, waiting.length)) * STEP_MS
    for (const one of waiting) {
      one.left -= share
      if (one.left <= 0) {
        one.ready = true
        one.since = -1
      } else if (now - one.since >= withinMs) {
        late++
        one.since = -1
        const fall = { by: one, restart: 'permanent', reason: 'error', uptimeMs: 0 } as const
        const verdict = onFall(one.wear, one.budget, one.falls, fall, figures, now, random)
        one.dueAt = now + ('waitMs' in verdict ? verdict.waitMs : 0)
      }
    }
  }
  return { boots, late, peak, peakPerSecond, allReadyMs: all.every(one => one.ready) ? now : undefined }
}

const row = (name: string, { boots, late, peak, peakPerSecond, allReadyMs }: Outcome) => [
  name,
  boots,
  late,
  peak,
  peakPerSecond,
  allReadyMs === undefined ? 'never, in 10 min' : (allReadyMs / 1_000).toFixed(1),
]
console.log(
  `\n${machines} machines restart at once; each boot is ${workMs} ms of work for a database that does ${capacity} at a time; late after ${withinMs} ms.\n`,
)
console.log(
  table(
    ['', 'boots', 'of them too late', 'most at a time', 'most in a second', 'all ready after s'],
    [
      row('at once, waits without jitter', simulate(0, 0)),
      row('at once, waits half random (selfheal)', simulate(0.5, 0)),
      row('maintenance: maxUptime 1m, spread over a fifth of it', simulate(0.5, 12_000)),
    ],
  ),
)
