// A visitor: walks one journey once. Keeps its cookies; notes each step, and what it was told is done. A step that fails ends the visit.
import { type Clock, type Duration, durationMs } from '../../core/index.ts'
import { type Answer, exchange } from './exchange.ts'
import type { Step, StepKind, Wrote } from './step.ts'

export interface Asks {
  readonly headers?: Readonly<Record<string, string>>
  /** Answers that are as good as a 2xx here: [409] where somebody else may be quicker. */
  readonly accept?: readonly number[]
  /** True, or why it is wrong. What it throws is the reason, too. */
  readonly check?: (answer: Answer) => boolean | string
  /** What this step writes. It is looked up when all is over: confirmed by a good answer it must be there once; else never twice. */
  readonly writes?: { readonly what: string; readonly count: () => Promise<number> }
  /** What it is called in the report. Default: method and path, numbers left out. */
  readonly name?: string
}

export interface Visitor {
  /** Rejects when the step fails: let it, the visit is over then. */
  get(path: string, asks?: Asks): Promise<Answer>
  post(path: string, body?: unknown, asks?: Asks): Promise<Answer>
  think(time: Duration): Promise<void>
  /** Asks without being measured: for `count`. */
  look(path: string): Promise<Answer>
  /** Somebody else, with cookies of their own, on the same journey. */
  another(): Visitor
  /** Some chance for the journey: 0 … 1. */
  random(): number
}

export interface VisitorOptions {
  readonly journey: string
  readonly url: string
  readonly timeoutMs: number
  readonly clock: Clock
  /** When the first step of this visit was to be; whoever takes it takes it away. */
  readonly first: { dueMs?: number }
  readonly signal?: AbortSignal
  readonly onStep: (step: Step) => void
  readonly onWrote: (wrote: Wrote) => void
}

const VISIT_ENDS = Symbol('the visit ends')
export const isVisitEnd = (error: unknown): boolean => error === VISIT_ENDS

export function visitor(options: VisitorOptions): Visitor {
  const { journey, url, timeoutMs, clock, signal, onStep, onWrote } = options
  const cookies = new Map<string, string>()
  const first = options.first

  const send = async (method: string, path: string, body: unknown, more: Readonly<Record<string, string>> = {}) => {
    const headers: Record<string, string> = { 'user-agent': 'selfheal-drill', ...more }
    if (cookies.size > 0) headers['cookie'] = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const text = body === undefined ? undefined : JSON.stringify(body)
    if (text !== undefined) headers['content-type'] = 'application/json'
    const said = await exchange({
      url,
      method,
      path,
      headers,
      timeoutMs,
      ...(text === undefined ? {} : { body: text }),
      ...(signal === undefined ? {} : { signal }),
    })
    for (const line of said.answer?.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      if (name !== undefined) cookies.set(name, value ?? '')
    }
    return said
  }
  const step = async (method: string, path: string, body: unknown, asks: Asks = {}): Promise<Answer> => {
    const sentMs = clock.now()
    const due = first.dueMs ?? sentMs
    delete first.dueMs
    const wrote = asks.writes === undefined ? undefined : { ...asks.writes, acknowledged: false }
    if (wrote !== undefined) onWrote(wrote)
    const said = await send(method, path, body, asks.headers)
    const { kind, says } = judged(said, asks)
    const name = asks.name ?? `${method} ${path.replace(/\?.*/, '').replace(/\/\d+/g, '/…')}`
    onStep(Object.freeze({ journey, name, kind, says, dueMs: due, sentMs, endMs: clock.now() }))
    if (kind !== 'ok' || said.answer === undefined) throw VISIT_ENDS
    if (wrote !== undefined) wrote.acknowledged = true
    return said.answer
  }
  return Object.freeze({
    get: (path: string, asks?: Asks) => step('GET', path, undefined, asks),
    post: (path: string, body: unknown = {}, asks?: Asks) => step('POST', path, body, asks),
    think: (time: Duration) => new Promise<void>(resolve => void clock.after(durationMs(time) ?? 0, resolve)),
    async look(path: string) {
      const said = await send('GET', path, undefined)
      if (said.answer === undefined) throw new Error(`${path}: ${said.says}`)
      return said.answer
    },
    another: () => visitor(options),
    random: Math.random,
  })
}

function judged(
  { kind, says, answer }: { readonly kind: StepKind; readonly says: string; readonly answer?: Answer },
  { accept = [], check }: Asks,
): { readonly kind: StepKind; readonly says: string } {
  if (answer === undefined) return { kind, says }
  const good = kind === 'ok' || accept.includes(answer.status)
  if (!good || check === undefined) return { kind: good ? 'ok' : kind, says }
  try {
    const verdict = check(answer)
    return verdict === true
      ? { kind: 'ok', says }
      : { kind: 'wrong', says: verdict === false ? 'not what was asked for' : verdict }
  } catch (error) {
    return { kind: 'wrong', says: error instanceof Error ? error.message : String(error) }
  }
}
