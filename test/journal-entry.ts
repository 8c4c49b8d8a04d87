// An entry of the journal as the tests of its stories write one.
import type { Level } from '../src/core/index.ts'
import type { Entry } from '../src/journal/entry.ts'

let row = 0
/** `at` seconds; ids are given: several processes tell, each with its own boot. */
export function entry(
  id: string,
  at: number,
  level: Level,
  name: string,
  source: string,
  data: object = {},
  because?: string,
): Entry {
  return {
    row: ++row,
    v: 1,
    id,
    name,
    source,
    at,
    wall: 1_795_000_000_000 + at * 1_000,
    level,
    data: data as never,
    ...(because === undefined ? {} : { because }),
  }
}

export const killed = { generation: 1, pid: 7, reason: 'error', what: 'signal', signal: 'SIGKILL', aliveMs: 100_000 }
export const started = [
  entry('s.1', 0, 'info', 'system.started', 'shop', { version: '1', programs: ['app'] }),
  entry('s.2', 0, 'debug', 'program.started', 'shop/app', { generation: 1 }, 's.1'),
  entry('s.3', 1, 'info', 'program.ready', 'shop/app', { generation: 1 }, 's.1'),
]
