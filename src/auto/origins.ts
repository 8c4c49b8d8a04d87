// A dependency for each origin, made when it is first asked, and shared by all that asks it: Node's fetch, undici's, node:http. Each way of
// asking has connections of its own; what calls come to, by whichever way, goes to the one breaker, and when it opens all of them end.
import { type Adapter, type HttpApi, type HttpDriver, http } from '../dependency/index.ts'
import { type Call, type How, judgeError, type Policy } from '../policy/index.ts'
import type { Handling } from './found.ts'
import { onceEach } from './once-each.ts'
import { judgeOrigin } from './request-rule.ts'
import { nameFor } from './where.ts'

/** An API may think for long: a request without an end of its own is answered within this. */
export const END_MS = 30_000
/** Half of an API's calls being so slow opens its breaker. Below END_MS: what was cut there counts. */
export const SLOW_MS = 25_000
/** One that brings its own signal, or a Request (which always has one), has its own end: ours only stands behind it. */
const SIGNALLED_MS = 600_000
const LEVELS = { headers: SIGNALLED_MS - 1_000, bodyGap: SIGNALLED_MS, attempt: SIGNALLED_MS }

/** One way of asking an origin, with the connections that it opened. */
export interface Way extends Pick<Adapter<object>, 'drop' | 'admit'>, Required<Pick<Adapter<object>, 'late' | 'counts'>> {
  /** Asks as this way would connect; undefined: as fetch does. */
  probe?(...args: Parameters<Adapter<object>['probe']>): ReturnType<Adapter<object>['probe']> | undefined
}

export interface Origin {
  readonly name: string
  /** Nothing may be changed: `work` is run as it is, and without a call. */
  readonly watched: boolean
  /** One try, and no limit of its own. `how` must be given: a watcher takes a function that stands last for a callback. */
  ask<T>(work: (call: Call | undefined) => Promise<T>, how: How): Promise<T>
  /** As `original`, guarded by its rules for safe methods; each driver once. */
  fetchBy(driver: HttpDriver, original: HttpApi['fetch']): HttpApi['fetch']
  join(way: Way): void
}

type Asked = Pick<Origin, 'ask'>

export interface Origins {
  /** Undefined: there are too many already. */
  of(origin: string): Origin | undefined
}

export function originsOf(handling: Handling): Origins {
  const all = onceEach<Origin>(handling, 'http', 'fetch', 'origins')
  return { of: origin => all(origin, () => originOf(handling, origin)) }
}

function originOf(handling: Handling, origin: string): Origin {
  const name = nameFor('http', new URL(origin).host)
  const ways: Way[] = []
  let share = 1
  let guard: { readonly run: Policy['run']; readonly more: Parameters<Adapter<HttpApi>['facade']>[1] } | undefined
  const join = (way: Way) => {
    way.admit(share)
    ways.push(way)
  }
  const adapter = (): Adapter<Asked> => {
    const direct = http(origin, LEVELS)
    return {
      ...direct,
      // A third party is not to be knocked at every few seconds by everyone who once asked it something.
      idleMs: 60_000,
      // No code of the app's runs inside.
      plain: true,
      judge: answer => judgeOrigin(answer) ?? direct.judge(answer),
      facade(run, more) {
        guard = { run, more }
        return { ask: more.runHeld }
      },
      async probe(call) {
        for (const way of ways) {
          const found = way.probe?.(call)
          if (found !== undefined) return found
        }
        return direct.probe(call)
      },
      async drop(call) {
        const ended = await Promise.all(ways.map(way => way.drop(call)))
        return ended.reduce((sum, count) => sum + count, 0)
      },
      admit(now) {
        share = now
        for (const way of ways) way.admit(now)
      },
      late: ms => ways.reduce((sum, way) => sum + way.late(ms), 0),
      counts: () => ({ open: ways.reduce((sum, way) => sum + (way.counts()['open'] ?? 0), 0) }),
    }
  }
  const asked = handling.take<Asked>({
    kind: 'http',
    name,
    driver: { ask: work => work(undefined) },
    adapter,
    options: { deadline: SIGNALLED_MS, timeout: SIGNALLED_MS, slow: SLOW_MS },
    asks: ['ask'],
    judge: answer => judgeOrigin(answer) ?? judgeError('error' in answer ? answer.error : undefined),
    endMs: END_MS,
  })
  const fetches = new Map<HttpDriver, HttpApi['fetch']>()
  return {
    name,
    watched: guard === undefined,
    join,
    ask: (work, how) => asked.ask(work, how),
    fetchBy(driver, original) {
      const known = fetches.get(driver)
      if (known !== undefined) return known
      let made: HttpApi['fetch']
      if (guard === undefined) made = (input, init) => asked.ask(() => original(input, init), {})
      else {
        const own = http(origin, LEVELS, async () => driver)
        // Its probe is the origin's own already.
        join({ drop: own.drop, admit: own.admit, late: own.late!, counts: own.counts! })
        made = own.facade(guard.run, guard.more).fetch
      }
      fetches.set(driver, made)
      return made
    },
  }
}
