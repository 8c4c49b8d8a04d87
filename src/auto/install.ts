// Zero code: `node --import selfheal/auto server.js`. An app that has never heard of us gets the default stack around what it uses: pg, mysql2,
// ioredis, redis, fetch, whatever asks by node:http, and its own servers. SELFHEAL_AUTO=report only watches; =off does nothing. Threads are left as they are.
import { isMainThread } from 'node:worker_threads'
import { nodeAdmission } from '../inbound/index.ts'
import { databases } from './databases.ts'
import './events.ts'
import { onceLoaded } from './exports.ts'
import { guardGlobalFetch, undiciFetch } from './fetch.ts'
import type { Handling } from './found.ts'
import { guarding } from './guarding.ts'
import { originsOf } from './origins.ts'
import { guardRequests } from './requests.ts'
import { atServers, type Door } from './servers.ts'
import { watching } from './watching.ts'

const KEY = Symbol.for('selfheal.auto.1')
const world = globalThis as { [KEY]?: typeof autoMode }

function install(handling: Handling, door: Door, listening?: () => void): void {
  const origins = originsOf(handling)
  onceLoaded({ ...databases(handling), ...undiciFetch(origins) })
  guardGlobalFetch(handling, origins)
  guardRequests(origins)
  atServers(door, listening)
}

const asked = process.env['SELFHEAL_AUTO'] ?? ''

/** What is done in this process (in a thread: nothing). */
export const autoMode: 'guarding' | 'watching' | 'off' =
  !isMainThread || asked === 'off' ? 'off' : asked === 'report' ? 'watching' : 'guarding'

if (autoMode !== 'off' && world[KEY] === undefined) {
  world[KEY] = autoMode
  if (autoMode === 'watching') {
    const watch = watching()
    install(watch, watch.door)
  } else {
    if (asked !== '' && asked !== 'on')
      console.error(`selfheal auto: SELFHEAL_AUTO is '${asked}'; known: on, report, off. Taken as on.`)
    const guard = guarding()
    const serves = new WeakMap<object, () => void>()
    let admitted: ReturnType<typeof nodeAdmission> | undefined
    const door: Door = (request, response, serve) => {
      if (guard.refused(request, response)) return
      serves.set(request, serve)
      admitted ??= nodeAdmission(guard.door(), request => serves.get(request)!())
      admitted(request, response)
    }
    // From then on it is there to be asked: what mode it has, how its door is.
    install(guard, door, guard.listening)
  }
}
