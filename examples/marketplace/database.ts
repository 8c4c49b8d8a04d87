// The marketplace's database: a real PostgreSQL from npm, as a program of its own, so that nothing needs to be installed. Says when it
// accepts connections; SIGTERM ends both; when PostgreSQL ends by itself, so does this, with the same story.
// Env: PGPORT, MARKETPLACE_DATA.
import { setTimeout as wait } from 'node:timers/promises'
import { ready } from 'selfheal/program'
import { accepting } from './postgres/accepting.ts'
import { binaries } from './postgres/binaries.ts'
import { cluster } from './postgres/cluster.ts'
import { identity } from './postgres/identity.ts'
import { choosePort, serverFolder } from './postgres/place.ts'
import { endLeftover } from './postgres/running.ts'
import { type Ended, type Server, server } from './postgres/server.ts'
import { DatabaseError } from './postgres/trouble.ts'

/** After a kill -9 its old processes need a moment to be gone. */
const BUSY = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/
const BUSY_MS = 10_000

let stopping = false
let current: Server | undefined
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    stopping = true
    current?.stop()
  })

async function start(): Promise<Ended> {
  const programs = binaries()
  const who = identity(serverFolder, programs.native)
  const { path } = cluster(programs, who)
  const port = Number(process.env.PGPORT || (await choosePort()))
  const giveUpAt = performance.now() + BUSY_MS
  for (;;) {
    await endLeftover(path)
    if (stopping) return { code: 0, signal: null }
    current = server(programs, who, path, port)
    const given = new AbortController()
    current.exited.then(() => given.abort())
    if (await accepting(port, given.signal)) {
      current.speak()
      console.log(`PostgreSQL ${programs.version} accepts connections on 127.0.0.1:${port}`)
      ready()
      return current.exited
    }
    const ended = await current.exited
    const said = current.heard().join('\n')
    if (stopping) return ended
    if (BUSY.test(said) && performance.now() < giveUpAt) {
      await wait(100)
      continue
    }
    if (/could not create any TCP\/IP sockets/.test(said))
      throw new DatabaseError(
        `Port ${port} on 127.0.0.1 can't be had: another program listens there.`,
        'Choose another: MARKETPLACE_PGPORT=…',
      )
    current.speak()
    return ended
  }
}

try {
  const { code, signal } = await start()
  if (stopping) process.exit(0)
  console.error(`PostgreSQL ended by itself (${signal ?? `code ${code}`}).`)
  if (signal !== null) {
    for (const name of ['SIGTERM', 'SIGINT']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
    await wait(1_000)
  }
  process.exit(code || 1)
} catch (error) {
  current?.stop()
  if (!(error instanceof DatabaseError)) throw error
  console.error(error.message)
  await current?.exited
  process.exit(1)
}
