// What a request meets first: is there time left for it, a place, and a loop that can serve it? Who is let in runs under its deadline, which
// everything it does inherits; who is not is told at once, before a byte of the body is read. Decides only: admitting.ts carries it out.
//
//   asked ─► never shed? ─────────────────────────────────────────────────► runs
//        ├─► its sender has stopped waiting ─► refused      ├─► the loop is late, and it is of low priority ─► refused
//        └─► a place in flight (found from latency) ─► at once, or in a short line by priority, or refused ─► runs, at most its deadline
import {
  type Clock,
  ConfigError,
  currentFrame,
  type Duration,
  defaultEvents,
  durationMs,
  type Events,
  type Fault,
  isRejected,
  type Json,
  type Part,
  RejectedError,
  runInFrame,
  type Span,
  systemClock,
} from '../core/index.ts'
import { deadline, type Guard, guard, type LimitOptions, type Priority } from '../policy/index.ts'
import { ARRIVING, served, untilHalf } from './arriving.ts'
import './events.ts'
import { loopGate } from './loop-gate.ts'
import { loopLine } from './loop-line.ts'
import { compilePath } from './path.ts'
import { refusing, type Turned } from './refusing.ts'

export interface Asked {
  readonly method: string
  /** May have a query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null }
  /** Whether more of its body comes. While it does, the request is bound by no deadline, and from half of it on holds no place. */
  readonly arriving?: (() => boolean) | undefined
}

export interface AdmissionOptions {
  /** Default 'inbound'. */
  readonly name?: string
  /** How many requests are in flight. Default: found from latency, from 64, between 32 and 500; as many may wait. */
  readonly limit?: number | LimitOptions
  /** For one request, from its arrival; its sender's `x-deadline-ms` can only shorten it. Default 25 s: below Heroku's 30, and ALB's and nginx's 60. */
  readonly deadline?: Duration
  /** Who goes first, and is shed last. Default: every request is `default`. */
  readonly priority?: (asked: Asked) => Priority | undefined
  /** Never shed, never queued, no deadline: health, operators, streams. Default: /live, /ready, /health, /healthz and /selfheal/*. Given ones come on top. */
  readonly never?: readonly string[]
  /**
   * How late the loop may be (99th percentile) before the lowest priorities are shed. Default 200 ms; false: whatever it is. 'line':
   * while it does not rest, all but critical ones stand in line for a turn of it, at most 1 s; what waits for something else is no load.
   */
  readonly loop?: Duration | false | 'line'
  readonly path?: string
  readonly clock?: Clock
  readonly events?: Events
  /** Chance in [0, 1). */
  readonly random?: () => number
}

export interface Admission extends Part {
  /** Runs `serve` when it is let in: it must resolve when the answer has been sent. Rejects with RejectedError, `serve` not run or cut. */
  run<T>(asked: Asked, serve: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Seconds for Retry-After: spread, so that those who were refused together do not come back together. */
  retryAfter(error: RejectedError): number
  close(): void
}

/**
 * Of a whole app's requests most may wait for something that is sick just now, while others need none of it: a floor of 32 keeps a place
 * for these, and a guard's own default (from 20, down to 2) is for one dependency.
 */
const IN_FLIGHT = Object.freeze({ start: 64, min: 32, max: 500 })

function limitOf(given: AdmissionOptions['limit']): number | LimitOptions {
  if (typeof given === 'number') return given
  const found = given?.max === undefined && (given?.adaptive ?? true) === true
  return found ? { ...given, adaptive: IN_FLIGHT } : given!
}

const NEVER = ['/live', '/ready', '/health', '/healthz', '/selfheal/*']

/** Throws one ConfigError with every fault. */
export function admission(options: AdmissionOptions = {}): Admission {
  const { name = 'inbound', clock = systemClock, events = defaultEvents, random = Math.random, priority } = options
  const path = options.path ?? name
  const faults: Fault[] = []
  const ms = (at: 'deadline' | 'loop', value: Duration): number => {
    const read = durationMs(value) ?? 0
    if (!(read > 0)) faults.push({ at, says: "must be a time above 0, such as '25s'" })
    return read
  }
  const deadlineMs = ms('deadline', options.deadline ?? '25s')
  const { loop = 200 } = options
  const loopMs = loop === false || loop === 'line' ? undefined : ms('loop', loop)
  const line = loop === 'line' ? loopLine() : undefined
  const never = [...NEVER, ...(options.never ?? [])].map((text, i) => {
    const match = compilePath(text)
    if (match === undefined)
      faults.push({ at: `never[${i - NEVER.length}]`, says: `is '${text}': it should look like 'GET /live' or '/admin/*'` })
    return match ?? (() => false)
  })
  if (faults.length > 0) throw new ConfigError('admission()', faults)
  const places: Guard = guard({
    name,
    deadline: deadlineMs,
    timeout: false,
    retry: false,
    breaker: false,
    limit: limitOf(options.limit),
    clock,
    events,
  })
  const counts = { served: 0, shed: 0, late: 0, cut: 0 }
  const gate =
    loopMs === undefined
      ? undefined
      : loopGate(loopMs, clock, (shed, lateMs) =>
          events.emit(
            'inbound.shedding',
            path,
            { shed, lateMs: Math.round(lateMs) },
            { level: shed.length > 0 ? 'warn' : 'info' },
          ),
        )

  const lateMs = () => gate?.lateMs() ?? line?.lateMs() ?? 0
  const away = refusing({ path, clock, events, deadlineMs, lateMs })
  /** A deadline that its sender has set is the sender's. What else the handler threw is its own. */
  const turnedBy = (error: unknown, sent: number | undefined): keyof Turned | undefined => {
    if (!isRejected(error) || error.key !== name) return undefined
    if (error.policy === 'limit') return 'full'
    if (error.policy !== 'deadline' || (sent !== undefined && sent < deadlineMs)) return undefined
    return error.ran === 'maybe' ? 'cut' : 'full'
  }

  const refusal = (code: string, says: string, hint: string) =>
    new RejectedError(says, { code, policy: name, key: name, ran: 'no', retryAfterMs: 1_000, hint })

  async function run<T>(asked: Asked, serve: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const where = asked.url.split(/[?#]/, 1)[0]!
    if (never.some(match => match(asked.method, where))) return serve()
    const sent = deadline.fromHeaders(asked.headers as Parameters<typeof deadline.fromHeaders>[0])
    if (sent !== undefined && sent <= 0) {
      counts.late++
      throw refusal('SELFHEAL_INBOUND_LATE', 'its sender has stopped waiting', 'Nothing: nobody would read the answer.')
    }
    const rank = priority?.(asked) ?? 'default'
    const turn = rank === 'critical' ? undefined : line?.enter(signal)
    if (gate?.sheds(rank) || (turn !== undefined && !(await turn))) {
      counts.shed++
      away.turned('late')
      throw refusal('SELFHEAL_INBOUND_BUSY', 'the process is too busy for it', 'Try again in a moment.')
    }
    let began = false
    let span: Span | undefined
    const { arriving } = asked
    const one = away.begun(asked.method, where)
    try {
      const how = {
        priority: rank,
        ...(signal === undefined ? {} : { signal }),
        ...(sent === undefined ? {} : { deadline: sent }),
      }
      let serving: Promise<T> | undefined
      const first = await places.run(() => {
        began = true
        const until = currentFrame()?.deadline ?? Number.POSITIVE_INFINITY
        span = { deadline: until, over: false }
        serving = runInFrame({ span }, serve)
        return arriving === undefined || sent !== undefined ? serving : untilHalf(serving, arriving, until - clock.now(), clock)
      }, how)
      // Answered: a job that goes on, a stream that has begun, are not of its time. What was given up stays bound by it.
      span!.over = true
      const value = first === ARRIVING ? await served(serving!, arriving!, { name, ms: deadlineMs, clock }) : (first as T)
      counts.served++
      return value
    } catch (error) {
      began ? counts.cut++ : counts.shed++
      const why = turnedBy(error, sent)
      if (why !== undefined) away.turned(why, why === 'cut' ? one : undefined)
      throw error
    } finally {
      away.ended(one)
    }
  }

  return Object.freeze({
    path,
    kind: 'admission',
    run,
    retryAfter: (error: RejectedError) => Math.max(1, Math.ceil(((error.retryAfterMs ?? 1_000) / 1_000) * (1 + 2 * random()))),
    snapshot: (): Json => ({
      ...counts,
      inFlight: places.limit?.running() ?? null,
      waiting: places.limit?.waiting() ?? null,
      most: places.limit?.max() ?? null,
      loopLateMs: Math.round(lateMs()),
      shedding: gate?.shed() ?? [],
      deadlineMs,
      refusing: away.shown(),
    }),
    settings: () => [
      { level: 'inbound-deadline', name: 'deadline of a request', valueMs: deadlineMs, from: `admission('${name}')` },
    ],
    close() {
      gate?.stop()
      away.stop()
    },
  })
}
