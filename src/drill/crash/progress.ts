// Progress: where a drill is, in one line that a terminal writes over.
import { formatMs } from '../../core/index.ts'
import type { Load } from './load.ts'
import type { Strike } from './strike.ts'

export interface Progress {
  readonly phase: 'steady' | 'load' | 'steady again'
  readonly elapsedMs: number
  readonly ended: number
  readonly failed: number
  readonly inFlight: number
  readonly strikes: readonly Strike[]
}

export function progressOf(phase: Progress['phase'], run: Load, nowMs: number, strikes: readonly Strike[]): Progress {
  const { startMs, ended } = run
  const failed = ended.filter(one => one.kind !== 'ok').length
  return { phase, elapsedMs: nowMs - startMs, ended: ended.length, failed, inFlight: run.inFlight(), strikes }
}

export function progressLine({ phase, elapsedMs, ended, failed, inFlight, strikes }: Progress): string {
  const last = strikes.at(-1)
  const struck =
    last === undefined
      ? ''
      : last.readyMs === undefined
        ? `  ▼ pid ${last.life.pid} is broken`
        : `  ready again after ${formatMs(last.readyMs - last.atMs)}: pid ${last.successor?.pid}`
  return `${phase.padEnd(12)} ${formatMs(elapsedMs).padStart(7)}  ${ended} ended, ${failed} of them failed, ${inFlight} wait${struck}`
}
