// What status tells of each program beside what its supervisor knows: restarts so far, the last end, ready since. Read off the events.
import type { EventMap, Events, Undo } from '../core/index.ts'

export interface Seen {
  restarts: number
  looping: boolean
  readySince: number | undefined
  /** Which life that is. */
  ready: number | undefined
  lastExit: { readonly generation: number; readonly says: string; readonly at: number } | undefined
  /** Which life is being replaced, and what for. */
  renewing: { readonly generation: number; readonly kind: string } | undefined
}

export interface Lives {
  of(path: string): Readonly<Seen>
  readonly undo: Undo
}

export function watchLives(events: Events): Lives {
  const seen = new Map<string, Seen>()
  const of = (path: string): Seen => {
    const known = seen.get(path) ?? {
      restarts: 0,
      looping: false,
      readySince: undefined,
      ready: undefined,
      lastExit: undefined,
      renewing: undefined,
    }
    seen.set(path, known)
    return known
  }
  const undo = [
    events.on('supervisor.child_restarting', event => void of(event.source).restarts++),
    events.on('supervisor.crash_looping', event => void (of(event.source).looping = true)),
    events.on('supervisor.recovered', event => void (of(event.source).looping = false)),
    events.on('system.renewing', event => void (of(event.source).renewing = event.data as EventMap['system.renewing'])),
    events.on('program.ready', event => {
      const one = of(event.source)
      one.readySince = event.wall
      one.ready = (event.data as EventMap['program.ready']).generation
    }),
    events.on('program.exited', event => {
      const data = event.data as EventMap['program.exited']
      const one = of(event.source)
      // One that comes beside a life that serves on: a reload, or a renewal, that is refused.
      const refused = one.readySince !== undefined && one.ready !== undefined && data.generation > one.ready
      // After a reload the old life ends when the next is ready already.
      if (data.generation === one.ready) one.readySince = undefined
      one.lastExit = {
        generation: data.generation,
        says: refused ? `the next life was refused (${saysExit(data)})` : saysExit(data, one.renewing),
        at: event.wall,
      }
    }),
  ]
  return Object.freeze({
    of,
    undo: () => {
      for (const one of undo) one()
    },
  })
}

const RENEWED: Readonly<Record<string, string>> = {
  memory: 'replaced for its memory',
  own_connections: 'replaced, as its own connections failed',
  uptime: 'replaced for its age',
}

function saysExit({ generation, reason, what, code, signal }: EventMap['program.exited'], renewing?: Seen['renewing']): string {
  if (reason === 'shutdown') return (renewing?.generation === generation && RENEWED[renewing.kind]) || 'stopped as asked'
  if (reason === 'killed') return 'it did not finish in time and was ended'
  const words: Readonly<Record<string, string>> = {
    uncaught: 'uncaught error',
    hang: 'hung: its loop stood still',
    oom: 'out of memory',
    signal: `killed by ${signal ?? '?'}`,
    code: `exit code ${code ?? '?'}`,
  }
  return what === undefined ? 'ended with 0' : (words[what] ?? what)
}
