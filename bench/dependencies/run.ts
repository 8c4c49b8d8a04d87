// One fault, all arms side by side: starts the server and the apps, lets them run, breaks, heals, waits until all are well, and hands back
// what each arm's calls came to and what it held.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Arm, Asked, Plan, Told } from './plan.ts'
import { socketsTo } from './sockets.ts'
import type { Fault } from './stage.ts'

export interface Times {
  readonly leadMs: number
  readonly faultMs: number
  /** The most that is waited for those who come back late. */
  readonly afterMs: number
  readonly perSecond: number
}
export interface Held {
  readonly at: number
  /** Of the app's process to the server, by the kernel. */
  readonly sockets: number
  /** On the server, by an observer; absent while it can't be asked. */
  readonly backends?: number
}
export type Done = Extract<Told, { is: 'done' }>
export interface Ran {
  readonly began: number
  readonly ended: number
  readonly over: number
  readonly arms: readonly { readonly arm: Arm; readonly done: Done; readonly held: readonly Held[] }[]
}

const LOOK_MS = 400

export async function run(fault: Fault, arms: readonly Arm[], times: Times): Promise<Ran> {
  const apps: { readonly arm: Arm; readonly child: ChildProcess; readonly held: Held[] }[] = []
  const ask = (what: Asked) => {
    for (const { child } of apps) child.send(what)
  }
  const stage = await fault.stage(hang => ask(hang ? 'dns-hangs' : 'dns-answers'))
  let looking = true
  const look = async () => {
    while (looking) {
      const backends = await stage.backends?.()
      const at = Date.now()
      for (const { arm, child, held } of apps) {
        const sockets = socketsTo(child.pid!, stage.target.port)
        held.push({ at, sockets, ...(backends === undefined ? {} : { backends: backends.get(arm) ?? 0 }) })
      }
      await wait(LOOK_MS)
    }
  }
  let looked: Promise<void> = Promise.resolve()
  try {
    for (const [index, arm] of arms.entries()) {
      const plan: Plan = { arm, driver: fault.driver, target: stage.target, index, perSecond: times.perSecond }
      const child = fork(join(import.meta.dirname, 'app.ts'), [JSON.stringify(plan)], { execArgv: FLAGS })
      apps.push({ arm, child, held: [] })
    }
    await Promise.all(apps.map(({ child }) => heard(child)))
    ask('go')
    looked = look()
    await wait(times.leadMs)
    const began = Date.now()
    await stage.begin()
    await wait(fault.brief ? 0 : Math.max(0, times.faultMs - (Date.now() - began)))
    await stage.end()
    const ended = Date.now()
    await wait(times.afterMs)
    looking = false
    const over = Date.now()
    const dones = apps.map(({ child }) => heard(child))
    ask('stop')
    const told = await Promise.all(dones)
    return {
      began,
      ended,
      over,
      arms: apps.map(({ arm, held }, i) => ({ arm, held, done: told[i] as Done })),
    }
  } finally {
    looking = false
    await looked
    for (const { child } of apps) child.kill('SIGKILL')
    await stage.close()
  }
}

export const FLAGS = ['--disable-warning=ExperimentalWarning']

export async function heard(child: ChildProcess): Promise<Told> {
  const over = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${child.spawnargs.at(-1)} ended with ${code ?? signal}`)
  })
  const [told] = (await Promise.race([once(child, 'message'), over])) as [Told]
  return told
}
