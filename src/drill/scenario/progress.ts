// Progress: where a drill is, in one line that a terminal writes over.
import { formatMs } from '../../core/index.ts'
import type { Step } from '../journey/step.ts'

export interface Progress {
  readonly drill: string
  readonly phase: 'steady' | 'load' | 'settling' | 'steady again' | 'looking up what was written'
  readonly elapsedMs: number
  readonly steps: readonly Step[]
  readonly underWay: number
  /** Breaks that are in. */
  readonly broken: readonly string[]
}

const LATELY = 40

export function progressLine({ drill, phase, elapsedMs, steps, underWay, broken }: Progress): string {
  const bar = steps.slice(-LATELY).map(({ kind }) => (kind === 'ok' ? '·' : kind === 'degraded' ? '○' : 'x'))
  const failed = steps.filter(one => one.kind !== 'ok' && one.kind !== 'degraded').length
  const now = broken.length === 0 ? '' : `  ▼ ${broken.join(' + ')}`
  return `${drill} ${phase.padEnd(8)} ${formatMs(elapsedMs).padStart(6)}  ${steps.length} answers, ${failed} failed, ${underWay} under way ${bar.join('')}${now}`
}
