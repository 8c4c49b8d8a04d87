// `npm run bench:throughput`: what the held port costs a program that does not crash. The same program bare and under selfheal run, on
// keep-alive and on new connections, in rounds that take turns; the ratio of the medians. What the process spent on a request is shown beside
// it: another program on the machine disturbs that far less than the time that passed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { here, peer } from './peers.ts'
import { published } from './published.ts'
import { freePort, type Running, serving, start } from './running.ts'
import { machine, median, table } from './table.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '3' } } })
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
const connections = 20
const autocannon = peer('autocannon')
const tiny = join(here, 'programs/tiny.mjs')
const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-'))

const ways = { 'keep-alive': [], 'new connections': ['--headers', 'connection=close'] } as const
const [barePort, heldPort] = [await freePort(), await freePort()]
const bare = start(process.execPath, [tiny], { PORT: `${barePort}` })
const words = [published(), 'run', '--port', `127.0.0.1:${heldPort}`, '--', process.execPath, tiny]
const held = start(process.execPath, words, { PORT: `${heldPort}`, SELFHEAL_STATE: join(folder, 'state') }, folder)
try {
  const barePid = await serving(barePort, bare.said)
  const heldPid = await serving(heldPort, held.said)
  const rows: (readonly (string | number)[])[] = []
  for (const [way, options] of Object.entries(ways)) {
    const [withBare, withHeld]: [Round[], Round[]] = [[], []]
    // The first round of each only warms up.
    for (let round = 0; round <= rounds; round++) {
      console.error(`${way}, round ${round} of ${rounds} …`)
      const turns = [
        async () => withBare.push(await loaded(barePort, options, bare, barePid)),
        async () => withHeld.push(await loaded(heldPort, options, held, heldPid)),
      ]
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn()
      if (round === 0) withBare.length = withHeld.length = 0
    }
    const of = (rounds: readonly Round[], what: keyof Round) => median(rounds.map(round => round[what]))
    const [a, b] = [of(withBare, 'perSecond'), of(withHeld, 'perSecond')]
    const ratios = withHeld.map((one, i) => one.perSecond / withBare[i]!.perSecond).sort((x, y) => x - y)
    const [x, y] = [of(withBare, 'cpuUs'), of(withHeld, 'cpuUs')]
    const spread = `${ratios[0]!.toFixed(2)} … ${ratios.at(-1)!.toFixed(2)}`
    rows.push([way, Math.round(a), Math.round(b), (b / a).toFixed(2), spread, x.toFixed(1), y.toFixed(1), (x / y).toFixed(2)])
  }
  console.log(
    `\nRequests a second, ${connections} connections, medians of ${rounds} rounds of ${seconds} s that take turns.\n${machine}\n`,
  )
  console.log(table(['', 'bare', 'held port', 'ratio', 'ratios of the rounds', 'bare, CPU µs each', 'held', 'ratio'], rows))
} finally {
  await bare.stop()
  await held.stop()
  rmSync(folder, { recursive: true, force: true })
}

interface Round {
  readonly perSecond: number
  /** Of the serving process, all its threads, for a request. */
  readonly cpuUs: number
}

async function loaded(port: number, options: readonly string[], running: Running, pid: number): Promise<Round> {
  const words = ['--json', '--connections', `${connections}`, '--duration', `${seconds}`, ...options, `http://127.0.0.1:${port}/`]
  const before = cpuMs(pid)
  const load = spawn(process.execPath, [autocannon, ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
  let told = ''
  load.stdout.on('data', (data: Buffer) => (told += data))
  await once(load, 'close')
  const { requests, duration, errors, non2xx } = JSON.parse(told) as {
    requests: { total: number }
    duration: number
    errors: number
    non2xx: number
  }
  if (errors + non2xx > 0) throw new Error(`${errors} errors, ${non2xx} other answers on port ${port}:\n${running.said()}`)
  return { perSecond: requests.total / duration, cpuUs: ((cpuMs(pid) - before) * 1_000) / requests.total }
}

/** User and system time of a process, as the kernel counts it: in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
