// For the dependency tests: an adapter under the plainest of runs (a deadline that cuts), and what an observer sees of it.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Call, How, Policy } from '../../../src/policy/index.ts'

export function callFor(ms: number): Call & { readonly aborted: AbortController } {
  const aborted = new AbortController()
  const deadline = performance.now() + ms
  return {
    key: 'db',
    attempt: 1,
    idempotent: false,
    priority: 'default',
    deadline,
    remaining: () => Math.max(0, deadline - performance.now()),
    signal: aborted.signal,
    aborted,
  }
}

/** Cuts its caller after `ms`; the work goes on to its end. `ended` are the works that have. */
export function plainRun(ms = 10_000): { readonly run: Policy['run']; readonly hows: (How | undefined)[]; ended(): number } {
  let ended = 0
  const hows: (How | undefined)[] = []
  return {
    hows,
    ended: () => ended,
    run: (work, how) => {
      hows.push(how)
      const call = callFor(ms)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const error = new Error('cut')
          call.aborted.abort(error)
          reject(error)
        }, ms)
        const done = () => {
          clearTimeout(timer)
          ended++
        }
        Promise.resolve(work(call)).then(
          value => {
            done()
            resolve(value)
          },
          error => {
            done()
            reject(error)
          },
        )
      })
    },
  }
}

/** Backends of the application, as an observer's own connection sees them. */
export async function backends(
  observer: pg.Client,
  application = 'app',
): Promise<{ pid: number; state: string; query: string }[]> {
  const { rows } = await observer.query(
    'select pid, state, query from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [application],
  )
  return rows
}

export async function until(what: string, is: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<number> {
  const began = performance.now()
  while (!(await is())) {
    if (performance.now() - began > withinMs) assert.fail(`not within ${withinMs} ms: ${what}`)
    await wait(15)
  }
  return performance.now() - began
}

export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    value => value,
    error => error,
  )
