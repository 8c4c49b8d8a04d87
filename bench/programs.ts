// `npm run bench:programs`: what a caller sees while the serving process is killed again and again. 200 new connections a second for
// 12 s against a program with 300 ms of boot work, kill -9 of whoever serves every 2.5 s; each contender in turn, in one run. A failed
// request is looked up in the program's own accept log: one that it never accepted was lost by who keeps the port. With --write the table
// goes into the README.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Contender, contenders, pm2Version } from './contenders.ts'
import { listenLosses } from './kernel.ts'
import { load, type Sent } from './load.ts'
import { fillReadme } from './readme.ts'
import { freePort, serving } from './running.ts'
import { machine, median, table } from './table.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '12' },
    rate: { type: 'string', default: '200' },
    kill: { type: 'string', default: '2.5' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const [seconds, perSecond, killEvery] = [Number(values.seconds), Number(values.rate), Number(values.kill)]

const rows: (readonly (string | number)[])[] = []
for (const contender of contenders) {
  if (values.only !== undefined && !contender.name.includes(values.only)) continue
  const absent = contender.absent?.()
  if (absent === undefined) rows.push([contender.name, ...(await measure(contender))])
  else console.error(`skipped: ${contender.name}: ${absent}`)
}

console.log(
  `\n${perSecond} new connections a second for ${seconds} s, kill -9 of the serving process every ${killEvery} s, 300 ms of boot work.`,
)
console.log(`PM2 ${pm2Version()}; ${machine}\n`)
const heads = [
  '',
  'requests',
  'ok',
  'refused',
  'reset',
  'timed out',
  'other',
  'failed, never accepted',
  'kills',
  'median ms',
  'slowest ms',
  'ListenOverflows',
  'ListenDrops',
]
console.log(table(heads, rows))
if (values.write) {
  const shown = ['', 'requests', 'refused', 'reset', 'timed out', 'failed, never accepted', 'slowest ms']
  const cells = rows.map(row => shown.map(head => row[heads.indexOf(head)]!))
  fillReadme(
    'programs',
    `${table(shown, cells)}\n\nPM2 ${pm2Version()}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}. A request that was already accepted when its process is killed is lost under each of them.`,
  )
}

async function measure(contender: Contender): Promise<readonly (string | number)[]> {
  console.error(`measuring: ${contender.name} …`)
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-accepted-'))
  const log = join(folder, 'accepted')
  writeFileSync(log, '')
  const port = await freePort()
  const running = await contender.start(port, log)
  try {
    let pid = await serving(port, running.said)
    writeFileSync(log, '')
    let kills = 0
    const killer = setInterval(() => {
      if (kill(pid)) kills++
    }, killEvery * 1_000)
    const last = setTimeout(() => clearInterval(killer), seconds * 1_000 - 100)
    const before = listenLosses()
    const onAnswer = (now: number) => {
      pid = now
    }
    const sent = await load({ port, perSecond, seconds, limitMs: 10_000, onAnswer }).finally(() => {
      clearTimeout(last)
      clearInterval(killer)
    })
    const after = listenLosses()
    const lost =
      before === undefined || after === undefined ? ['', ''] : [after.overflows - before.overflows, after.drops - before.drops]
    return [...figures(sent, readFileSync(log, 'utf8'), kills), ...lost]
  } finally {
    await running.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function figures(sent: readonly Sent[], accepted: string, kills: number): readonly number[] {
  const lines = new Set(accepted.split('\n'))
  const count = (kind: Sent['kind']) => sent.filter(one => one.kind === kind).length
  const failed = sent.filter(one => one.kind !== 'ok')
  const never = failed.filter(one => !lines.has(`r ${one.id}`) && !lines.has(`c ${one.port}`))
  const times = sent.filter(one => one.kind === 'ok').map(one => one.tookMs)
  const kinds = (['ok', 'refused', 'reset', 'timeout', 'other'] as const).map(count)
  return [sent.length, ...kinds, never.length, kills, Math.round(median(times)), Math.round(Math.max(...times))]
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
