// `npm run bench:throughput`: what the held port costs a program that does not crash. The same program bare and under selfheal run, on
// keep-alive and on new connections, in rounds that take turns; the ratio of the medians.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { here, peer, root } from './peers.ts'
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
const words = [join(root, 'bin/selfheal.js'), 'run', '--port', `127.0.0.1:${heldPort}`, '--', process.execPath, tiny]
const held = start(process.execPath, words, { PORT: `${heldPort}`, SELFHEAL_STATE: join(folder, 'state') }, folder)
try {
  await serving(barePort, bare.said)
  await serving(heldPort, held.said)
  const rows: (readonly (string | number)[])[] = []
  for (const [way, options] of Object.entries(ways)) {
    const [withBare, withHeld]: [number[], number[]] = [[], []]
    // The first round of each only warms up.
    for (let round = 0; round <= rounds; round++) {
      console.error(`${way}, round ${round} of ${rounds} …`)
      const turns = [
        async () => withBare.push(await perSecond(barePort, options, bare)),
        async () => withHeld.push(await perSecond(heldPort, options, held)),
      ]
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn()
      if (round === 0) withBare.length = withHeld.length = 0
    }
    const [a, b] = [median(withBare), median(withHeld)]
    const ratios = withHeld.map((one, i) => one / withBare[i]!).sort((x, y) => x - y)
    rows.push([way, Math.round(a), Math.round(b), (b / a).toFixed(2), `${ratios[0]!.toFixed(2)} … ${ratios.at(-1)!.toFixed(2)}`])
  }
  console.log(
    `\nRequests a second, ${connections} connections, medians of ${rounds} rounds of ${seconds} s that take turns.\n${machine}\n`,
  )
  console.log(table(['', 'bare', 'held port', 'ratio', 'ratios of the rounds'], rows))
} finally {
  await bare.stop()
  await held.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function perSecond(port: number, options: readonly string[], running: Running): Promise<number> {
  const words = ['--json', '--connections', `${connections}`, '--duration', `${seconds}`, ...options, `http://127.0.0.1:${port}/`]
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
  return requests.total / duration
}
