// SELFHEAL_AUTO=report: nothing is changed. What the app's calls came to is counted beside what would have been done: how many would have
// been cut, and what a breaker that heard of them would have refused. Told as it happens, and in one line each at the end.
import { createEvents, defaultEvents, type Events, formatMs, isRejected, type Judge } from '../core/index.ts'
import { type Breaker, breaker } from '../policy/index.ts'
import { bridge } from '../program/index.ts'
import { atEnd } from './at-end.ts'
import './events.ts'
import type { Handling, Thing } from './found.ts'
import type { Door } from './servers.ts'

interface Watched {
  readonly kind: string
  readonly name: string
  readonly endMs: number
  readonly judge: Judge
  readonly shadow: Breaker
  calls: number
  failed: number
  cut: number
  opened: number
  refused: number
  longestMs: number
}

export function watching(): Handling & { readonly door: Door; lines(): readonly string[] } {
  const supervised = bridge()
  const path = supervised?.path ?? 'app'
  const events: Events = defaultEvents
  if (supervised !== undefined) events.on('*', supervised.tell)
  const all: Watched[] = []
  const left: string[] = []
  let asking = false
  const requests = { count: 0, now: 0, most: 0, seen: false }

  const would = (w: Watched, what: 'cut' | 'open', why: string, afterMs?: number) =>
    events.emit(
      'auto.would',
      `${path}/${w.name}`,
      { kind: w.kind, what, why, ...(afterMs === undefined ? {} : { afterMs }) },
      { level: 'warn' },
    )
  const watch = (kind: string, name: string, judge: Judge, endMs: number): Watched => {
    // Its own events are of what did not happen.
    const shadow = breaker({ name: `would-be ${name}`, events: createEvents(), judge, slow: endMs })
    const w: Watched = { kind, name, endMs, judge, shadow, calls: 0, failed: 0, cut: 0, opened: 0, refused: 0, longestMs: 0 }
    shadow.watch(({ to, why }) => {
      if (to !== 'open') return
      w.opened++
      would(w, 'open', why)
    })
    all.push(w)
    events.emit('auto.found', `${path}/${name}`, { kind, how: 'watched' })
    return w
  }
  const ended = (w: Watched, begunAt: number, answer: { value: unknown } | { error: unknown }) => {
    const tookMs = performance.now() - begunAt
    w.longestMs = Math.max(w.longestMs, tookMs)
    if (w.judge(answer).blame === 'them') w.failed++
    const late = tookMs > w.endMs
    if (late && w.cut++ < MOST_TOLD) would(w, 'cut', `it took ${formatMs(tookMs)}`, w.endMs)
    const heard = () => {
      if ('error' in answer) throw answer.error
      if (late) throw Object.assign(new Error('it was late'), { code: 'ETIMEDOUT' })
      return answer.value
    }
    w.shadow.run(heard).catch(error => {
      if (isRejected(error) && error.policy === w.shadow.name) w.refused++
    })
  }
  const heard = (w: Watched, asks: (...args: unknown[]) => unknown, waits: Thing<object>['waits']) =>
    function (this: unknown, ...args: unknown[]): unknown {
      // query() takes its connection by connect(): one call.
      if (asking || waits?.(args)) return Reflect.apply(asks, this, args)
      w.calls++
      const begunAt = performance.now()
      const last = args[args.length - 1]
      if (typeof last === 'function') {
        args[args.length - 1] = function (this: unknown, error: unknown, ...more: unknown[]) {
          ended(w, begunAt, error ? { error } : { value: more[0] })
          return Reflect.apply(last, this, [error, ...more])
        }
      }
      asking = true
      let result: unknown
      try {
        result = Reflect.apply(asks, this, args)
      } finally {
        asking = false
      }
      // mysql2's streams of rows have a then() that throws.
      if (typeof last !== 'function' && isPromise(result))
        (result as Promise<unknown>).then(
          value => ended(w, begunAt, { value }),
          error => ended(w, begunAt, { error }),
        )
      return result
    }

  const listen = (w: Watched, driver: object, asks: readonly string[], waits?: Thing<object>['waits']) => {
    const own = driver as Record<string, unknown>
    for (const method of asks) {
      const original = own[method]
      if (typeof original === 'function') own[method] = heard(w, original as never, waits)
    }
  }

  const lines = () => [
    ...all.map(line),
    ...(requests.seen ? [`http server: ${count(requests.count, 'request')}, at most ${requests.most} at a time`] : []),
    ...left,
  ]
  atEnd(() => {
    const told = lines()
    if (told.length === 0) return
    process.stderr.write(
      `selfheal auto only watched (SELFHEAL_AUTO=report). It would have guarded:\n${told.map(l => `  ${l}\n`).join('')}`,
    )
    events.emit('auto.reported', path, { lines: told })
  })
  return {
    how: 'watched',
    take({ kind, name, driver, asks, askedAt, judge, endMs, waits }) {
      listen(watch(kind, name, judge, endMs), askedAt ?? driver, asks, waits)
      return driver
    },
    family({ kind, name, asks, judge, endMs }) {
      const w = watch(kind, name, judge, endMs)
      return driver => {
        listen(w, driver, asks)
        return driver
      }
    },
    left: (kind, name, why) => {
      left.push(`not ${name} (${kind}): ${why}`)
      events.emit('auto.left', `${path}/${name}`, { kind, why })
    },
    door(_request, response, serve) {
      requests.seen = true
      requests.count++
      requests.most = Math.max(requests.most, ++requests.now)
      response.once('close', () => requests.now--)
      serve()
    },
    lines,
  }
}

const isPromise = (of: unknown): of is Promise<unknown> => {
  const { then, on } = (of ?? {}) as { then?: unknown; on?: unknown }
  return typeof then === 'function' && typeof on !== 'function'
}

/** Of one thing, as it happens; the rest is in the count. */
const MOST_TOLD = 20

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`

function line({ name, calls, failed, cut, opened, refused, longestMs, endMs }: Watched): string {
  const said = [
    `${name}: ${count(calls, 'call')}${failed > 0 ? `, ${failed} failed` : ''}${calls > 0 ? `, the longest ${formatMs(longestMs)}` : ''}`,
    cut > 0 ? `${cut} would have been answered after ${formatMs(endMs)}` : '',
    opened > 0 ? `the breaker would have opened ${count(opened, 'time')} and spared it ${count(refused, 'call')}` : '',
  ]
  return said.filter(text => text !== '').join('; ')
}
