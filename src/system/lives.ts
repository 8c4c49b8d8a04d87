// What status tells of each program beside what its supervisor knows: restarts so far, the last end, ready since. Read off the events.
import type { EventMap, Events, Undo } from '../core/index.ts'

export interface Seen {
  restarts: number
  looping: boolean
  readySince: number | undefined
  /** Which life that is. */
  ready: number | undefined
  lastExit: { readonly generation: number; readonly says: string; readonly at: number } | undefined
}

export interface Lives {
  of(path: string): Readonly<Seen>
  readonly undo: Undo
}

export function watchLives(events: Events): Lives {
  const seen = new Map<string, Seen>()
  const of = (path: string): Seen => {
    const known = seen.get(path) ?? { restarts: 0, looping: false, readySince: undefined, ready: undefined, lastExit: undefined }
    seen.set(path, known)
    return known
  }
  const undo = [
    events.on('supervisor.child_restarting', event => void of(event.source).restarts++),
    events.on('supervisor.crash_looping', event => void (of(event.source).looping = true)),
    events.on('supervisor.recovered', event => void (of(event.source).looping = false)),
    events.on('program.ready', event => {
      const one = of(event.source)
      one.readySince = event.wall
      one.ready = (event.data as EventMap['program.ready']).generation
    }),
    events.on('program.exited', event => {
      const data = event.data as EventMap['program.exited']
      const one = of(event.source)
      // After a reload the old life ends when the next is ready already.
      if (data.generation === one.ready) one.readySince = undefined
      one.lastExit = { generation: data.generation, says: saysExit(data), at: event.wall }
    }),
  ]
  return Object.freeze({
    of,
    undo: () => {
      for (const one of undo) one()
    },
  })
}

function saysExit({ reason, what, code, signal }: EventMap['program.exited']): string {
  if (reason === 'shutdown') return 'stopped as asked'
  if (reason === 'killed') return 'killed: it did not stop in time'
  const words: Readonly<Record<string, string>> = {
    uncaught: 'uncaught error',
    hang: 'hung: its loop stood still',
    oom: 'out of memory',
    signal: `killed by ${signal ?? '?'}`,
    code: `exit code ${code ?? '?'}`,
  }
  return what === undefined ? 'ended with 0' : (words[what] ?? what)
}
