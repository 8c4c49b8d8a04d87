// The load of bench:overload, in a process of its own: an open model. Visitors come by chance (exponential gaps, the same for each set-up by the
// seed), whether or not those before them were answered; each waits so long, then leaves. It says of each when it was due, how late it
// really was sent, what came of it and when; it judges nothing.
import { Agent, request } from 'node:http'

export interface Phase {
  readonly seconds: number
  readonly perSecond: number
}
export interface Plan {
  readonly port: number
  readonly phases: readonly Phase[]
  readonly patienceMs: number
  readonly seed: number
}
export type Came = 'ok' | 'refused' | 'failed' | 'left'
/** Milliseconds from the load's start: when it was due, and answered (or left); how late it was sent. */
export interface Visit {
  readonly dueMs: number
  readonly lateMs: number
  readonly came: Came
  readonly atMs: number
}

/** When each visitor comes. */
function arrivals({ phases, seed }: Plan): number[] {
  let state = seed >>> 0
  const chance = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const due: number[] = []
  let from = 0
  for (const { seconds, perSecond } of phases) {
    const end = from + seconds * 1_000
    for (let at = from; ; ) {
      at -= (Math.log(1 - chance()) * 1_000) / perSecond
      if (at >= end) break
      due.push(at)
    }
    from = end
  }
  return due
}

async function visits(plan: Plan): Promise<readonly Visit[]> {
  const due = arrivals(plan)
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 10_000 })
  const start = performance.now()
  const all: Promise<Visit>[] = []
  const visit = (dueMs: number) =>
    new Promise<Visit>(resolve => {
      const lateMs = performance.now() - start - dueMs
      const end = (came: Came) => {
        clearTimeout(patience)
        resolve({ dueMs, lateMs, came, atMs: performance.now() - start })
      }
      const asked = request({ host: '127.0.0.1', port: plan.port, agent }, response => {
        const { statusCode } = response
        response.resume()
        response.once('end', () => end(statusCode === 200 ? 'ok' : statusCode === 503 ? 'refused' : 'failed'))
      })
      asked.on('error', () => end('failed'))
      const patience = setTimeout(
        () => {
          end('left')
          asked.destroy()
        },
        Math.max(0, plan.patienceMs - lateMs),
      )
      asked.end()
    })
  await new Promise<void>(resolve => {
    const timer = setInterval(() => {
      for (let next = due[all.length]; next !== undefined && performance.now() - start >= next; next = due[all.length])
        all.push(visit(next))
      if (all.length < due.length) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  const came = await Promise.all(all)
  agent.destroy()
  return came
}

process.on('disconnect', () => process.exit())
if (process.send !== undefined)
  process.once('message', async (plan: Plan) => process.send!(await visits(plan), () => process.disconnect()))
