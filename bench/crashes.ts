// `npm run bench:crashes`: 6,000 crashes in a row, in about ten minutes. The program is killed as soon as it has answered, and callers come at once: none may
// be refused, and the supervisor's memory must stay flat (last quarter of the crashes against the first). Exit status 1 otherwise.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { listenLosses, residentMb } from './kernel.ts'
import { ask, type Sent } from './load.ts'
import { here } from './peers.ts'
import { published } from './published.ts'
import { freePort, serving, start } from './running.ts'
import { machine, median, table } from './table.ts'

const { values } = parseArgs({
  options: { crashes: { type: 'string', default: '6000' }, callers: { type: 'string', default: '3' } },
})
const [crashes, callers] = [Number(values.crashes), Number(values.callers)]
const MAX_GROWTH_MB = 5

const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-'))
const port = await freePort()
const words = [
  'run',
  '--intensity',
  '100000',
  '--backoff',
  '0',
  '--port',
  `127.0.0.1:${port}`,
  '--',
  process.execPath,
  join(here, 'programs/tiny.mjs'),
]
const running = start(
  process.execPath,
  [published(), ...words],
  { PORT: `${port}`, SELFHEAL_STATE: join(folder, 'state') },
  folder,
)
try {
  let pid = await serving(port, running.said)
  const before = listenLosses()
  const sent: Sent[] = []
  const memory: number[] = []
  // Not by their pids: in so many lives a number comes again.
  let lives = 1
  for (let n = 1; n <= crashes; n++) {
    process.kill(pid, 'SIGKILL')
    const answers = await Promise.all(
      Array.from({ length: callers }, (_, i) => ask(port, n * callers + i, performance.now(), 30_000)),
    )
    sent.push(...answers)
    // A caller that the dying program had accepted already may hear its end; ask again until the next one answers.
    pid = answers.find(answer => answer.pid !== undefined && answer.pid !== pid)?.pid ?? (await nextAfter(pid, sent))
    lives++
    memory.push(residentMb(running.child.pid!))
    if (n % 100 === 0) console.error(`${n} crashes, ${memory.at(-1)!.toFixed(1)} MB …`)
  }
  const after = listenLosses()
  const quarter = Math.max(1, Math.floor(crashes / 4))
  const [first, last] = [median(memory.slice(0, quarter)), median(memory.slice(-quarter))]
  const count = (kind: Sent['kind']) => sent.filter(one => one.kind === kind).length
  const times = sent.filter(one => one.kind === 'ok').map(one => one.tookMs)
  console.log(`\n${crashes} kills -9 in a row, ${callers} callers after each. ${machine}\n`)
  console.log(
    table(
      [
        'lives',
        'requests',
        'ok',
        'refused',
        'reset',
        'timed out',
        'other',
        'median ms',
        'slowest ms',
        'ListenOverflows',
        'ListenDrops',
      ],
      [
        [
          lives,
          sent.length,
          ...(['ok', 'refused', 'reset', 'timeout', 'other'] as const).map(count),
          Math.round(median(times)),
          Math.round(Math.max(...times)),
          before && after ? after.overflows - before.overflows : '',
          before && after ? after.drops - before.drops : '',
        ],
      ],
    ),
  )
  console.log(
    `\nSupervisor's memory, median: first quarter ${first.toFixed(1)} MB, last quarter ${last.toFixed(1)} MB, difference ${(last - first).toFixed(1)} MB.`,
  )
  const well = count('refused') === 0 && last - first <= MAX_GROWTH_MB && lives === crashes + 1
  console.log(well ? 'Verdict: yes: none refused, memory flat.' : 'Verdict: NO.')
  process.exitCode = well ? 0 : 1
} catch (error) {
  console.error(running.said())
  throw error
} finally {
  await running.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function nextAfter(old: number, sent: Sent[]): Promise<number> {
  const until = performance.now() + 30_000
  while (performance.now() < until) {
    const answer = await ask(port, -1, performance.now(), 30_000)
    sent.push(answer)
    if (answer.pid !== undefined && answer.pid !== old) return answer.pid
  }
  throw new Error('no next life within 30 s')
}
