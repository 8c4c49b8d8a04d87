// `npm run bench:reload`: reloads, a bad deploy and a kill, as callers that keep their connections see them. 50 reloads under 50 such callers;
// then a reload of a program that ends at its start; then kill -9, from the kill to the first answer, cold and with a spare. PM2's reload (cluster
// mode, its zero-downtime one) in the same run.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { pm2Version } from './contenders.ts'
import { ask } from './load.ts'
import { here, peer } from './peers.ts'
import { calling } from './programs/callers.ts'
import { published } from './published.ts'
import { freePort, serving, start } from './running.ts'
import { machine, median, table } from './table.ts'

const { values } = parseArgs({
  options: {
    reloads: { type: 'string', default: '50' },
    callers: { type: 'string', default: '50' },
    kills: { type: 'string', default: '5' },
  },
})
const [reloads, callers, kills] = [Number(values.reloads), Number(values.callers), Number(values.kills)]
const app = join(here, 'programs/deployed.mjs')
const bin = published()

interface Kept {
  readonly name: string
  readonly folder: string
  readonly port: number
  said(): string
  reload(): Promise<boolean>
  stop(): Promise<void>
}

async function selfheal(name: string, boot: number, ...flags: readonly string[]): Promise<Kept> {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-'))
  const port = await freePort()
  const env = { PORT: `${port}`, BOOT: `${boot}`, SELFHEAL_STATE: join(folder, 'state') }
  const words = [
    'run',
    '--backoff',
    '0',
    '--intensity',
    '1000',
    ...flags,
    '--port',
    `127.0.0.1:${port}`,
    '--',
    process.execPath,
    app,
  ]
  const running = start(process.execPath, [bin, ...words], env, folder)
  const reload = () => command([bin, 'reload'], folder, { ...process.env, ...env })
  const stop = async () => {
    await running.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { name, folder, port, said: running.said, reload, stop }
}

async function pm2(): Promise<Kept> {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-'))
  const port = await freePort()
  const env = {
    ...process.env,
    PM2_HOME: folder,
    PM2_DISABLE_VERSION_CHECK: 'true',
    PORT: `${port}`,
    BOOT: '300',
    NODE_OPTIONS: '',
  }
  const tell = (...words: readonly string[]) =>
    spawnSync(process.execPath, [peer('pm2'), ...words], { env, encoding: 'utf8', cwd: folder })
  const started = tell('start', app, '--name', 'app', '-i', '2')
  return {
    name: 'PM2, cluster × 2',
    folder,
    port,
    said: () => started.stdout,
    reload: () => command([peer('pm2'), 'reload', 'app'], folder, env),
    stop: async () => {
      tell('kill')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function reloaded(kept: Kept) {
  await serving(kept.port, kept.said)
  const stop = calling(kept.port, callers)
  let done = 0
  for (let n = 0; n < reloads; n++) {
    await wait(100)
    if (await kept.reload()) done++
  }
  const good = await stop()
  const stopBad = calling(kept.port, callers)
  await wait(200)
  writeFileSync(join(kept.folder, 'bad'), '')
  const refused = !(await kept.reload())
  await wait(3_000)
  const bad = await stopBad()
  await kept.stop()
  return [kept.name, `${done} of ${reloads}`, good.ok, good.errors, refused ? 'refused' : 'taken', bad.ok, bad.errors]
}

async function command(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const [code] = await once(spawn(process.execPath, words, { cwd, env, stdio: 'ignore' }), 'exit')
  return code === 0
}

async function killed(name: string, boot: number, settle: number, ...flags: readonly string[]) {
  const kept = await selfheal(name, boot, ...flags)
  const times: number[] = []
  let pid = await serving(kept.port, kept.said)
  for (let n = 0; n < kills; n++) {
    await wait(settle)
    const at = performance.now()
    process.kill(pid, 'SIGKILL')
    let answer = await ask(kept.port, n, at, 30_000)
    while (answer.pid === undefined || answer.pid === pid) answer = await ask(kept.port, n, at, 30_000)
    times.push(performance.now() - at)
    pid = answer.pid
  }
  await kept.stop()
  return [name, boot, Math.round(median(times)), Math.round(Math.max(...times))]
}

const rows = [await reloaded(await selfheal('selfheal', 300)), await reloaded(await pm2())]
const tables = [
  table(['', 'reloads done', 'answered', 'errors', 'bad deploy', 'answered then', 'errors then'], rows),
  table(
    ['kill -9 to the first answer', 'boot ms', 'median ms', 'slowest ms'],
    [
      await killed('cold, no boot work', 0, 1_000),
      await killed('cold', 300, 1_500),
      await killed('with a spare', 300, 3_000, '--spare'),
      await killed('with a spare', 2_000, 6_000, '--spare'),
    ],
  ),
]
console.log(`\n${callers} callers that keep their connections. PM2 ${pm2Version()}; ${machine}\n`)
console.log(tables.join('\n\n'))
process.exitCode = Number(rows[0]![3]) + Number(rows[0]![6]) === 0 ? 0 : 1
