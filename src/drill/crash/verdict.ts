// Verdict: figures against promises, each promise with its own yes or no. Pure. One no makes the verdict no, and the first of them says
// what to mend.
import { formatMs } from '../../core/index.ts'
import type { Figures } from './figures.ts'
import type { Scenario } from './scenario.ts'

export interface Check {
  readonly promise: string
  readonly kept: boolean
  /** The figure behind it. */
  readonly says: string
  /** What to do; null when it was kept. */
  readonly mend: string | null
}

export interface Judged {
  readonly figures: Figures
  readonly scenario: Pick<Scenario, 'times' | 'promises'>
  /** Requests that failed in the second after it all, of how many. */
  readonly after: { readonly failed: number; readonly requests: number }
  readonly arm: 'supervised' | 'control'
}

const CONTROL =
  'That is the program by itself, as the control arm is meant to show. The same with supervision: the command without --without.'

export function checksOf({ figures, scenario: { times, promises }, after, arm }: Judged): readonly Check[] {
  const { strikes, failed, failedElsewhere, requests, ok } = figures
  const inFlight = strikes.reduce((sum, one) => sum + one.inFlight, 0)
  const lost = requests - ok
  const slowest = slowestReturn(figures)
  const checks = [
    {
      promise: 'it was broken as planned',
      kept: strikes.length === times,
      says: times === 1 ? (strikes.length === 1 ? 'once' : 'not once') : `${strikes.length} of ${times} times`,
      mend: 'No life was ready when its time came. Let it come back first: a longer --duration, or fewer --kills.',
    },
    {
      promise: 'every request was sent',
      kept: failed.unsent === 0,
      says: failed.unsent === 0 ? `${requests}` : `${failed.unsent} could not be`,
      mend: 'This machine ran out of descriptors or ports, which says nothing of the program: lower --rate, or raise ulimit -n.',
    },
    {
      promise: 'none was refused',
      kept: failed.refused === 0,
      says: `${failed.refused} refused`,
      mend: 'Nobody held the port for a while. Under selfheal run it is held: name it with --port, or in the configuration under ports.',
    },
    {
      promise: 'only requests in flight were lost',
      kept: failedElsewhere === 0,
      says: failedElsewhere === 0 ? `${lost} lost, of ${inFlight} in flight` : `${failedElsewhere} more were lost`,
      mend: 'Callers that came after the crash failed too. Why, the journal may tell: selfheal journal',
    },
    {
      promise: `back within ${formatMs(promises.backWithinMs)}`,
      kept: strikes.length > 0 && slowest !== undefined && slowest <= promises.backWithinMs,
      says: strikes.length === 0 ? 'it was never gone' : slowest === undefined ? 'it did not come back' : formatMs(slowest),
      mend:
        slowest === undefined
          ? 'Look at what it said at its start: selfheal journal'
          : 'It is its own start that takes so long: do less before it listens. See how long: selfheal journal',
    },
    {
      promise: 'the steady state is back',
      kept: after.failed === 0,
      says: after.failed === 0 ? `a second with ${after.requests} answered` : `${after.failed} of ${after.requests} failed`,
      mend: 'It still fails after all is over: look at what runs with selfheal status, and why with selfheal journal',
    },
  ]
  // Once it was broken and asked as planned, whatever the control arm did not keep is what the drill came for.
  return checks.map((check, i) => ({ ...check, mend: check.kept ? null : arm === 'control' && i > 1 ? CONTROL : check.mend }))
}

/** The longest any strike took until it was answered again and a successor was ready; undefined: one never was. */
function slowestReturn({ strikes }: Figures): number | undefined {
  const times = strikes.map(({ backMs, readyMs }) =>
    backMs === null || readyMs === null ? undefined : Math.max(backMs, readyMs),
  )
  return times.reduce<number | undefined>(
    (most, one) => (most === undefined || one === undefined ? undefined : Math.max(most, one)),
    0,
  )
}
