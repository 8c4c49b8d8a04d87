// Breaks that are ready to be used in a scenario. Each says what it does; those of a connection, and a bad deploy, are for copies.
import { type Duration, type Json, SelfhealError } from '../../core/index.ts'
import { inForce } from '../in-force.ts'
import { blockLoop, leak, rejectUnhandled, stepClock, throwUncaught } from '../process-faults/in-life.ts'
import { exhaustDescriptors, fillDisk } from '../process-faults/limits.ts'
import { kill, stop } from '../process-faults/signals.ts'
import { type NamedWireFault, wireFault } from '../proxy/named.ts'
import { familyOf } from '../stage/family.ts'
import type { Break } from './scenario.ts'

/** kill -9 of the program's life; with `family` of everything it started, too. */
export const killed = (program: string): Break => ({
  says: `kill -9 of ${program}`,
  async inject(stage) {
    const { pid } = await stage.program(program)
    stage.own(pid)
    kill(pid)
    return undefined
  },
})

/** SIGSTOP of the program and all it started: it is there, and does nothing, and then goes on as if nothing had been. */
export const stopped = (program: string): Break => ({
  says: `SIGSTOP of ${program}`,
  async inject(stage, forMs) {
    const { pid } = await stage.program(program)
    return stop(familyOf(pid), forMs)
  },
})

const INSIDE = {
  throw: ['an uncaught error', throwUncaught],
  reject: ['an unhandled rejection', rejectUnhandled],
  loop: ['for(;;)', (pid: number, forMs: number) => blockLoop(pid, forMs)],
  leak: ['a leak until there is no memory', (pid: number, forMs: number) => leak(pid, forMs)],
  'clock back an hour': ['a clock stepped back by an hour', (pid: number, forMs: number) => stepClock(pid, -3_600_000, forMs)],
  'clock on an hour': ['a clock stepped on by an hour', (pid: number, forMs: number) => stepClock(pid, 3_600_000, forMs)],
} as const

/** Something inside a Node program. What ends the life is the drill's doing. */
export const inside = (program: string, what: keyof typeof INSIDE): Break => ({
  says: `${INSIDE[what][0]} in ${program}`,
  async inject(stage, forMs) {
    const { pid } = await stage.program(program)
    if (!what.startsWith('clock')) stage.own(pid)
    return (await INSIDE[what][1](pid, Math.max(forMs, 1_000))) ?? undefined
  },
})

/** No descriptor, or no byte on the disk, left for it. Linux. */
export const limited = (program: string, what: 'descriptors' | 'disk'): Break => ({
  says: what === 'disk' ? `a full disk for ${program}` : `no descriptors left for ${program}`,
  async inject(stage, forMs) {
    const { pid } = await stage.program(program)
    return what === 'disk' ? fillDisk(pid, forMs) : exhaustDescriptors(pid, forMs)
  },
})

/** A fault of a connection that `drills.proxies` names. */
export const connection = (name: string, fault: NamedWireFault): Break => ({
  says: `${name}: ${wireFault(fault).says}`,
  copyOnly: true,
  inject: async (stage, forMs) => stage.proxy(name).put(fault, forMs),
})

/** So many times the visitors. */
export const spike = (times: number): Break => ({
  says: `${times} times the visitors`,
  spike: times,
  inject: async () => undefined,
})

/** `selfheal reload`: a new life takes over from the old, asked for. */
export const reloaded = (program: string): Break => ({
  says: `a reload of ${program}`,
  async inject(stage) {
    const { pid, path } = await stage.program(program)
    stage.own(pid)
    await stage.client.act(path, 'reload', null, WHO).catch(() => {})
    return undefined
  },
})

/** A build that ends as soon as it starts, deployed: it must not replace the one that works. */
export const badDeploy = (program: string): Break => ({
  says: `a deploy of ${program} that crashes at its start`,
  copyOnly: true,
  async inject(stage, forMs) {
    const { path } = await stage.program(program)
    stage.deploy(
      `if (process.env.SELFHEAL_DRILL_PROGRAM === ${JSON.stringify(program)}) throw new Error('a bad build, deployed by a drill')`,
    )
    // It answers when the deploy was refused, which may take as long as a start.
    void stage.client.act(path, 'reload', null, WHO).catch(() => {})
    return inForce({ says: `a bad deploy of ${program}`, forMs: forMs + 250, heal: () => stage.deploy('') })
  },
})

/** A verb of any part, as the dashboard would use it; `undo` is used at the end. */
export const verb = (path: string, name: string, args: Json, undo?: { readonly verb: string; readonly args: Json }): Break => ({
  says: `${name} of ${path}`,
  async inject(stage, forMs) {
    const full = `${stage.name}/${path}`
    await stage.client.act(full, name, args, WHO)
    if (undo === undefined) return undefined
    return inForce({
      says: `${name} of ${path}`,
      forMs: forMs + 250,
      heal: async () => void (await stage.client.act(full, undo.verb, undo.args, WHO)),
    })
  },
})

/**
 * Calls inside the app go wrong, by the fault() of that name there: `error` (true: surely not done; or what it says), `latency` (a duration, or
 * 'infinity'), for a share of them (`rate`, default all). Its own time to live ends it, whatever becomes of the drill.
 */
export const calls = (
  name: string,
  what: { readonly error?: true | string; readonly latency?: Duration | 'infinity'; readonly rate?: number },
): Break => ({
  says: `calls of ${name}: ${what.error === undefined ? `late by ${what.latency}` : what.error === true ? 'not done' : what.error}${what.rate === undefined ? '' : `, ${what.rate * 100} % of them`}`,
  async inject(stage, forMs) {
    const { parts } = await stage.client.parts()
    const found = parts.filter(part => part.kind === 'fault' && part.path.endsWith(`/${name}`))
    if (found.length === 0)
      throw new SelfhealError(
        'SELFHEAL_USAGE',
        `No fault() is called '${name}' in what runs here.`,
        `Put one around the calls: guard({ fault: fault({ name: '${name}' }) }).`,
      )
    for (const { path } of found) await stage.client.act(path, 'on', what, { ...WHO, until: Date.now() + forMs })
    return inForce({
      says: `calls of ${name}`,
      forMs: forMs + 250,
      heal: async () => {
        // A life that has ended took its fault along.
        for (const { path } of found) await stage.client.act(path, 'off', null, WHO).catch(() => {})
      },
    })
  },
})

/** Something of your own: a request to a simulator's switch, a query. */
export const custom = (says: string, inject: Break['inject']): Break => ({ says, inject })

const WHO = { by: 'drill', why: 'a drill' }
