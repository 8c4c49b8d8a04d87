// What /live, /ready and /health say, read off the programs' parts alone. No dependency is asked or judged: a probe that fails when the database
// does has a working app restarted, and made outages of its own. Pure.
import { facts } from '../journal/index.ts'
import type { SeenPart } from './sample.ts'

export interface Health {
  /** 'ok' all programs are ready · 'starting' · 'degraded' some are not · 'unknown' the supervisor does not answer. */
  readonly status: 'ok' | 'starting' | 'degraded' | 'unknown'
  readonly programs: readonly { readonly path: string; readonly state: string; readonly restarts: number }[]
}

/** `parts` undefined: the supervisor did not answer. */
export function healthOf(parts: readonly SeenPart[] | undefined): Health {
  if (parts === undefined) return { status: 'unknown', programs: [] }
  const programs = parts.flatMap(({ kind, path, snapshot }) => {
    const s = facts(snapshot)
    return kind === 'program' ? [{ path, state: s.text('state') ?? 'unknown', restarts: s.number('restarts') ?? 0 }] : []
  })
  const ready = programs.filter(one => one.state === 'ready').length
  const all = programs.length > 0 && ready === programs.length
  const starts = programs.some(one => one.state === 'starting')
  return { status: all ? 'ok' : starts ? 'starting' : 'degraded', programs }
}
