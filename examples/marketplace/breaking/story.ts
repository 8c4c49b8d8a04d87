// What happened, in words. Pure.
import type { Asked } from './watch.ts'

export interface Happened {
  /** 'app.1 (pid 4711)' */
  readonly who: string
  /** 'was killed by kill -9' */
  readonly says: string
  /** When, on the clock of the requests. */
  readonly brokenAt: number
  /** The first good answer of what came after it; undefined when none came. */
  readonly backAt?: number | undefined
  /** 'app.2 (pid 4720)' */
  readonly successor?: string | undefined
  readonly asked: readonly Asked[]
}

export function story({ who, says, brokenAt, backAt, successor, asked }: Happened): string {
  const touched = asked.filter(one => one.endedAt >= brokenAt && (backAt === undefined || one.startedAt <= backAt))
  const count = (...outcomes: Asked['outcome'][]) => touched.filter(one => outcomes.includes(one.outcome)).length
  const answered = touched.filter(one => one.outcome === 'ok').map(one => one.endedAt - one.startedAt)
  const facts = [
    `${none(count('refused'))} refused`,
    `${none(count('cut', 'late'))} lost on the way`,
    ...(count('error') > 0 ? [`${count('error')} answered with an error (${statuses(touched)})`] : []),
    ...(answered.length > 0 ? [`the slowest that was answered took ${milliseconds(Math.max(...answered))}`] : []),
  ]
  const back =
    backAt === undefined
      ? 'It did not come back while I watched.'
      : `Answering again after ${milliseconds(backAt - brokenAt)}${successor === undefined ? '' : ` as ${successor}`}.`
  return `${who} ${says}. ${back}\nOf ${touched.length} requests meanwhile: ${facts.join(', ')}.`
}

function none(count: number): string {
  return count === 0 ? 'none' : String(count)
}

function statuses(asked: readonly Asked[]): string {
  return [...new Set(asked.filter(one => one.outcome === 'error').map(one => one.status))].sort().join(', ')
}

function milliseconds(ms: number): string {
  return ms < 10_000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`
}
