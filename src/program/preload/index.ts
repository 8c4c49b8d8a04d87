// Preload: what `selfheal run` imports into a Node program, before the app's first line. It opens the link (in the watchdog thread), maps
// listen() to held ports, drains on demand, and lets an uncaught error cost one request. Without a link it does nothing at all. The environment it
// read is taken away, so that the app's own children are not taken for lives.
import { fstatSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { Json } from '../../core/index.ts'
import { layBridge } from '../bridge.ts'
import type { Told } from '../environment.ts'
import { recordPublic } from '../stale/record.ts'
import { watchScopes } from './blame.ts'
import { drain } from './drain.ts'
import { mapListen } from './listen.ts'
import { parking } from './parking.ts'
import { watchRequests } from './requests.ts'
import { routeBoard } from './routes.ts'
import { watchSessions } from './sessions.ts'
import { watchSettled } from './settled.ts'
import { catchUncaught, tellNow } from './uncaught.ts'
import { startWatchdog } from './watchdog-start.ts'

const linkFd = Number(process.env['SELFHEAL_FD'] ?? Number.NaN)

if (isMainThread && Number.isInteger(linkFd) && isSocket(linkFd)) {
  const held = JSON.parse(process.env['SELFHEAL_PORTS'] ?? '{}') as Record<string, number>
  const told = JSON.parse(process.env['SELFHEAL_PRELOAD'] ?? '{}') as Partial<Told>
  const { hangMs = 5_000, exact = false, path = 'app', folder } = told
  let generation = told.generation ?? 1
  const stale = JSON.parse(process.env['SELFHEAL_STALE'] ?? 'null') as { folder: string; routes: readonly string[] } | null
  for (const key of ['SELFHEAL_FD', 'SELFHEAL_PORTS', 'SELFHEAL_PRELOAD', 'SELFHEAL_STALE']) delete process.env[key]
  const board = routeBoard()
  const watchdog = startWatchdog(linkFd, hangMs, board.shared)
  const went = (then: () => void) =>
    watchdog.onGo(now => {
      generation = now
      then()
    })
  const park = told.spare === true ? parking(watchdog.report, went) : undefined
  const servers = mapListen(
    { held, exact },
    (port, isHeld) => watchdog.report({ v: 1, is: 'listening', port, held: isHeld }),
    port => tellNow(linkFd, { v: 1, is: 'taken', port }),
    server => {
      watchSessions(server)
      requests.watch(server)
    },
    park,
  )
  if (told.settles !== undefined)
    watchSettled(
      told.settles,
      () => servers.size > 0,
      () => watchdog.report({ v: 1, is: 'settled' }),
    )
  watchScopes()
  if (stale !== null) recordPublic(stale.folder, stale.routes)
  const requests = watchRequests(board)
  const drains = drain(servers, requests, (refused, broken) => tellNow(linkFd, { v: 1, is: 'unfinished', refused, broken }))
  watchdog.onDrain((withinMs, linger) => {
    drains.begin(withinMs, linger)
    watchdog.report({ v: 1, is: 'left' })
  })
  const retire = (exit: Json) => {
    watchdog.report({ v: 1, is: 'retiring', exit })
    drains.stopAccepting()
  }
  const stay = (exit: Json) => watchdog.report({ v: 1, is: 'retiring', exit })
  catchUncaught({ linkFd, serves: () => servers.size > 0, retire, poison: watchdog.poison, stay, suspect: drains.suspect })
  process.on('exit', watchdog.flush)
  layBridge({
    path,
    get generation() {
      return generation
    },
    folder,
    ready: () => watchdog.report({ v: 1, is: 'ready' }),
    tell: event => watchdog.report({ v: 1, is: 'event', event }),
    onAsk: watchdog.onAsk,
    retire,
  })
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}
