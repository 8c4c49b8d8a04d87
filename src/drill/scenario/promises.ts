// Promises, as a founder writes them ('availability of browse ≥ 99.5 %', 'recover ≤ 5 s', 'double effects = 0'), and their judgement. Pure.
import { formatMs } from '../../core/index.ts'
import type { Figures, Scope } from './figures.ts'

export interface Promised {
  /** As it was written. */
  readonly text: string
  readonly metric: Metric
  /** Of one journey, or one program; undefined: of all. */
  readonly of?: string
  readonly is: '≤' | '≥' | '='
  readonly value: number
}

export interface Kept {
  readonly promise: string
  readonly kept: boolean
  /** The figure behind it. */
  readonly says: string
  /** What to do first; null when it was kept. */
  readonly mend: string | null
}

const METRICS = {
  availability: {
    unit: '%',
    mend: 'Callers failed: see which journey and when in the timeline, and the cause with selfheal why.',
  },
  answered: {
    unit: '%',
    mend: 'Some got neither an answer nor an honest no (503 with a reason): put what they use behind a feature, so that it is switched off instead.',
  },
  recover: {
    unit: 's',
    mend: 'It stayed broken after the fault was out: look what still failed, and with selfheal why what it waited for.',
  },
  contain: {
    unit: 's',
    mend: 'Callers got raw failures for too long: a shorter timeout, or a breaker that opens sooner, contains it.',
  },
  detect: { unit: 's', mend: 'Nobody noticed in time: is what broke behind a dependency, a supervisor or a watchdog?' },
  gap: { unit: 's', mend: 'Nobody at all was served for a while: what everybody needs should survive this fault.' },
  'p50 during': {
    unit: 's',
    mend: 'Most answers were slow under the fault: what is sick is asked again and again. A breaker ends that.',
  },
  'p99 during': { unit: 's', mend: 'Answers were slow under the fault: a shorter timeout, or fewer retries, keeps them quick.' },
  'p99 after': {
    unit: 's',
    mend: 'Answers are slower than before although the fault is out: something was not given back. selfheal status, or doctor.',
  },
  'extra attempts': {
    unit: '%',
    mend: 'So much was tried again that it is a load of its own: retry at one layer only, within a budget.',
  },
  'retrying layers': {
    unit: '',
    mend: 'More than one layer tried again on top of another: leave it to the outermost that knows the deadline.',
  },
  refused: { unit: '', mend: 'Nobody held the port for a while: name it under ports, so that it is held.' },
  restarts: {
    unit: '',
    mend: 'A program was restarted that had done nothing wrong: a dependency that is down is no reason for a restart.',
  },
  'double effects': {
    unit: '',
    mend: 'Something was done twice: give that write an idempotency key that is kept before it is sent.',
  },
  'acknowledged writes lost': { unit: '', mend: 'A write was confirmed and is gone: confirm it only after it is durable.' },
} as const satisfies Record<string, { readonly unit: string; readonly mend: string }>
export type Metric = keyof typeof METRICS

const GRAMMAR = /^(.+?)(?: of (\S+))? *(≤|≥|=|<=|>=) *(\d+(?:\.\d+)?) *(%|ms|s|)$/

/** The promise, or why it can't be read. */
export function readPromise(text: string): Promised | { readonly fault: string } {
  const [, name = '', of, sign = '', number, unit] = GRAMMAR.exec(text.trim()) ?? []
  const known = Object.keys(METRICS).join(', ')
  if (number === undefined) return { fault: `is no promise, such as 'recover ≤ 5 s'; known: ${known}` }
  if (!Object.hasOwn(METRICS, name)) return { fault: `promises '${name}', which is not measured; known: ${known}` }
  const metric = name as Metric
  const wants = METRICS[metric].unit
  if (wants === '%' ? unit !== '%' : wants === 's' ? unit !== 's' && unit !== 'ms' : unit !== '')
    return { fault: `wants ${wants === '' ? 'a bare number' : `a number of ${wants}`}` }
  const is = sign === '<=' ? '≤' : sign === '>=' ? '≥' : (sign as Promised['is'])
  const value = unit === '%' ? Number(number) / 100 : unit === 's' ? Number(number) * 1_000 : Number(number)
  return { text: text.trim(), metric, is, value, ...(of === undefined ? {} : { of }) }
}

export function judge(promised: Promised, figures: Figures): Kept {
  const { text, metric, of, is, value } = promised
  const found = figureOf(metric, of, figures)
  const kept = found !== null && (is === '≤' ? found <= value : is === '≥' ? found >= value : found === value)
  return { promise: text, kept, says: sayOf(metric, found, figures), mend: kept ? null : METRICS[metric].mend }
}

/** null: it never came to that, or was not seen. */
function figureOf(metric: Metric, of: string | undefined, figures: Figures): number | null {
  const scope: Scope | undefined = of === undefined ? figures.all : figures.journeys[of]
  switch (metric) {
    case 'restarts':
      return of === undefined ? Object.values(figures.restarts).reduce((sum, n) => sum + n, 0) : (figures.restarts[of] ?? 0)
    case 'double effects':
      return figures.writes.doubled.length
    case 'acknowledged writes lost':
      return figures.writes.lost.length
    case 'detect':
      return figures.detectMs
    case 'extra attempts':
      return figures.tries.retries / Math.max(figures.all.steps, 1)
    case 'retrying layers':
      return figures.tries.by.length
    default:
      if (scope === undefined) return null
  }
  switch (metric) {
    case 'availability':
      return scope.availability
    case 'answered':
      return scope.answered
    case 'recover':
      return scope.recoverMs
    case 'contain':
      return scope.containMs
    case 'gap':
      return scope.gapMs
    case 'p50 during':
      return scope.latency.during.p50
    case 'p99 during':
      return scope.latency.during.p99
    case 'p99 after':
      return scope.latency.after.p99
    case 'refused':
      return scope.failed.refused
  }
}

function sayOf(metric: Metric, found: number | null, { writes, tries }: Figures): string {
  if (found === null) return metric === 'recover' ? 'it did not' : metric === 'contain' ? 'it was not' : 'it was not seen'
  const { unit } = METRICS[metric]
  if (unit === '%') return percent(found)
  if (unit === 's') return formatMs(found)
  const which =
    metric === 'retrying layers'
      ? tries.by
      : metric === 'double effects'
        ? writes.doubled
        : metric === 'acknowledged writes lost'
          ? writes.lost
          : []
  return `${found}${which.length === 0 ? '' : ` (${which.slice(0, 3).join(', ')})`}`
}

/** Never rounded up to a whole that it was not. */
export function percent(share: number): string {
  return share === 1 ? '100 %' : `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`
}
