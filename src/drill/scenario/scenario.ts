// A scenario: who comes, what breaks and when, and what is promised meanwhile. Declared by the user (*.drill.ts, or `drills` of the
// configuration); run by drill.ts.
import { ConfigError, type Duration, durationMs, type Fault as OptionFault, PATTERNS, type Pattern } from '../../core/index.ts'
import type { Heal } from '../in-force.ts'
import type { Journey } from '../journey/journey.ts'
import type { Stage } from '../stage/stage.ts'
import { type Promised, readPromise } from './promises.ts'

/** What breaks: breaks.ts has those that are ready. */
export interface Break {
  /** For people: 'kill -9 of database'. */
  readonly says: string
  /** Can't be done to what runs here, only to a copy: it needs a proxy, or the copy's own files. */
  readonly copyOnly?: true
  /** So many times the visits, while it is in. */
  readonly spike?: number
  /** Puts it in, for `forMs` at most. Gives back how it is healed, when it does not heal by itself. */
  inject(stage: Stage, forMs: number): Promise<Heal | undefined>
}

/** A break, and when: from the start of the load. Without `for` it is over at once, as a kill is. */
export interface Timed {
  readonly break: Break
  readonly at: Duration
  readonly for?: Duration
}

export interface ScenarioOptions {
  /** 'database-down'. */
  readonly name: string
  /** One sentence for people. */
  readonly says: string
  readonly faults: readonly Timed[]
  /** As text: 'availability of browse ≥ 99.5 %', 'recover ≤ 5 s'. */
  readonly promises: readonly string[]
  /** The patterns that should heal it: with any of them turned off (`--without`) the drill must fail. */
  readonly heals?: readonly Pattern[]
  /** Default: those of `drills` in the configuration. */
  readonly journeys?: readonly Journey[]
  /** Visits a second. Default 20. */
  readonly rate?: number
  /** How long the load runs, faults included. Default 12 s. */
  readonly duration?: Duration
  /** How long it must be steady before and after. Default 2 s. */
  readonly steady?: Duration
  /** How long one answer may take. Default 10 s. */
  readonly timeout?: Duration
  /** Looks for what was done twice where visitors can't see it: a provider's own books. Asked when all is over; names what it finds. */
  readonly doubled?: (stage: Stage) => Promise<readonly string[]>
  /** Stop, and heal, when more than this share failed for so long: { failed: 0.9, for: '20s' }. */
  readonly hurts?: { readonly failed: number; readonly for: Duration }
  /** It can't be drilled here, and this is why: told by name, and no failure. */
  readonly passedOver?: string | undefined
  /** It can't pass yet, and this is why: told as expected, and as news once it passes. */
  readonly expectedToFail?: string
}

const BRAND = Symbol.for('selfheal.drill.scenario.1')

export interface Scenario {
  readonly [BRAND]: true
  readonly name: string
  readonly says: string
  readonly faults: readonly { readonly break: Break; readonly atMs: number; readonly forMs: number }[]
  readonly promises: readonly Promised[]
  readonly heals: readonly Pattern[]
  readonly journeys: readonly Journey[] | undefined
  readonly rate: number
  readonly durationMs: number
  readonly steadyMs: number
  readonly timeoutMs: number
  readonly doubled: ((stage: Stage) => Promise<readonly string[]>) | undefined
  readonly hurts: { readonly failed: number; readonly forMs: number }
  readonly passedOver: string | undefined
  readonly expectedToFail: string | undefined
}

/** Throws ConfigError with every fault in it. */
export function scenario(options: ScenarioOptions): Scenario {
  const { name, says, heals = [], journeys, rate = 20, passedOver, expectedToFail } = options
  const faults: OptionFault[] = []
  const wrong = (at: string, says: string) => void faults.push({ at, says })
  const time = (at: string, value: unknown, least: number) => {
    const ms = durationMs(value)
    if (ms === undefined || ms < least) wrong(at, `must be a time of at least ${least} ms, such as '5s'`)
    return ms ?? 0
  }
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) wrong('name', "must be a name such as 'database-down'")
  if (!(rate > 0 && rate <= 2_000)) wrong('rate', 'must be visits a second, up to 2000')
  const durationOf = time('duration', options.duration ?? '12s', 1_000)
  const timed = options.faults.map((one, i) => ({
    break: one.break,
    atMs: time(`faults[${i}].at`, one.at, 0),
    forMs: one.for === undefined ? 0 : time(`faults[${i}].for`, one.for, 1),
  }))
  timed.forEach((one, i) => {
    if (one.atMs + one.forMs > durationOf) wrong(`faults[${i}]`, 'must be over before the load is: a longer duration')
  })
  const promises = options.promises.flatMap((text, i) => {
    const read = readPromise(text)
    if (!('fault' in read)) return read
    wrong(`promises[${i}]`, `'${text}' ${read.fault}`)
    return []
  })
  for (const pattern of heals)
    if (!PATTERNS.includes(pattern)) wrong('heals', `${pattern} is no pattern; known: ${PATTERNS.join(', ')}`)
  const hurts = options.hurts ?? { failed: 0.95, for: '30s' }
  const made = {
    [BRAND]: true as const,
    name,
    says,
    faults: timed,
    promises,
    heals,
    journeys,
    rate,
    durationMs: durationOf,
    steadyMs: time('steady', options.steady ?? '2s', 1),
    timeoutMs: time('timeout', options.timeout ?? '10s', 1),
    doubled: options.doubled,
    hurts: { failed: hurts.failed, forMs: time('hurts.for', hurts.for, 1) },
    passedOver,
    expectedToFail,
  }
  if (faults.length > 0) throw new ConfigError(`scenario ${name}`, faults)
  return Object.freeze(made)
}

export const isScenario = (value: unknown): value is Scenario =>
  typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
