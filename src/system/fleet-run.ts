// `selfheal run --fleet`: this machine's programs as some of many. Reloads and renewals wait for a permit, a build that was bad elsewhere is
// not taken, what operators set holds everywhere, and what breaks here is a hint to the others.
//
//   reload ─► verdict on the build? ─► permit ─► verdict again ─► reload ─┬ done: watched for 5 min
//                                                                       └ refused, or it crash-loops then ─► the build is bad
import { hostname } from 'node:os'
import { type Duration, type Events, type Json, SelfhealError, systemClock, type Undo, type Who } from '../core/index.ts'
import { type Overrides, setOverride } from '../feature/index.ts'
import { badBuildError, type Engine, type Fleet, fleet } from '../fleet/index.ts'
import type { ProgramHandle } from '../program/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import { appParts } from './app-parts.ts'
import { doForces } from './fleet-forces.ts'

export interface FleetRunOptions {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly events: Events
  readonly engine: Engine
  /** Between two signs of life. Default 2 s. */
  readonly beat?: Duration | undefined
  /** Which build the programs are of, asked at each reload. */
  readonly build: () => string | undefined
  readonly overrides: Overrides
  readonly tree: () => Supervisor | undefined
}

export interface FleetRun {
  readonly fleet: Fleet
  /** A reload under a permit, of a build that is not known to be bad. */
  reload(reload: (args: Json) => Promise<Json>): (args: Json) => Promise<Json>
  renew(kind: string, work: () => Promise<void>): Promise<void>
  /** A mode on all machines; on this one alone, and said so, while the engine is silent. */
  setMode(feature: string, mode: 'on' | 'readonly' | 'off', who: Who): Promise<Json>
  close(): Promise<void>
}

/** After a reload, a crash loop within this time is the build's. */
const WATCH_MS = 300_000
/** A verb is waited for two minutes. */
const ANSWER_MS = 100_000

export function runFleet({ name, version, folder, events, engine, beat, build, overrides, tree }: FleetRunOptions): FleetRun {
  const path = `${name}/fleet`
  const looping = new Set<string>()
  const broken = new Set<string>()
  const relative = (source: string) => source.split('/').slice(2).join('/') || source
  const made = fleet({
    engine,
    name,
    path,
    events,
    file: `${folder}/forces.json`,
    ...(beat === undefined ? {} : { beat }),
    sick: () => looping.size > 0,
    hints: () => [...new Set([...broken].map(relative))].slice(0, 20),
    info: () => ({ host: hostname(), pid: process.pid, version, build: build() ?? null, looping: [...looping] }),
  })
  let watched: { readonly build: string; readonly until: number } | undefined
  const judge = (bad: string, why: string) => {
    watched = undefined
    made.judge(bad, true, why).catch(() => {})
  }
  const use = async (target: string, verb: string, args: Json, who: Who) => {
    const parts = (await appParts(tree())).filter(part => part.path.endsWith(`/${target}`) && part.verbs?.[verb] !== undefined)
    await Promise.all(parts.map(part => part.verbs![verb]!(args, who)))
  }
  const running = (source: string) =>
    tree()
      ?.whichChildren()
      .some(
        ({ id, child }) => source === `${name}/${id}` && (child?.handle as Partial<ProgramHandle> | undefined)?.node === true,
      ) ?? false

  const undo: Undo[] = [
    events.on('supervisor.crash_looping', ({ source }) => {
      looping.add(source)
      if (watched !== undefined && systemClock.now() < watched.until)
        judge(watched.build, `${source} crashes at each start after its reload`)
    }),
    events.on('supervisor.recovered', ({ source }) => void looping.delete(source)),
    ...(['dependency.down', 'breaker.opened'] as const).map(one => events.on(one, ({ source }) => void broken.add(source))),
    ...(['dependency.back', 'breaker.closed'] as const).map(one => events.on(one, ({ source }) => void broken.delete(source))),
    events.on('program.exited', ({ source }) => {
      for (const one of [...broken]) if (one.startsWith(`${source}/`)) broken.delete(one)
    }),
    doForces({
      fleet: made,
      events,
      mode: (feature, mode, who) => void setOverride({ name: feature, path, overrides, events, clock: systemClock }, mode, who),
      use,
      renewed: fn => events.on('program.ready', ({ source }) => void (running(source) && fn())),
    }),
    // A dependency that half of the machines find down is looked at here at once; a breaker opens earlier.
    made.onHint((hint, on) => {
      const who = { by: 'the fleet', why: on ? 'half of the machines find it broken' : 'they do not any more' }
      void use(hint, on ? 'wary' : 'at-ease', null, who).catch(() => {})
      if (on) void use(hint, 'probe', null, who).catch(() => {})
    }),
  ]
  made.start()

  const refuseBad = (of: string | undefined) => {
    const verdict = of === undefined ? undefined : made.verdict(of)
    if (of !== undefined && verdict?.bad) throw badBuildError(of, verdict.by, verdict.why)
  }
  return Object.freeze({
    fleet: made,
    reload: (reload: (args: Json) => Promise<Json>) => (args: Json) => {
      const of = build()
      const forced = (args as { force?: unknown } | null)?.force === true
      if (!forced) refuseBad(of)
      const work = made.permit('reload', async () => {
        if (!forced) refuseBad(of)
        try {
          const done = await reload(args)
          if (of !== undefined) watched = { build: of, until: systemClock.now() + WATCH_MS }
          return done
        } catch (error) {
          if (of !== undefined && (error as { code?: unknown }).code === 'SELFHEAL_RELOAD_REFUSED')
            judge(of, (error as Error).message.slice(0, 300))
          throw error
        }
      })
      return answeredWithin(work)
    },
    renew: (kind: string, work: () => Promise<void>) => made.permit(kind, work),
    async setMode(feature: string, mode: 'on' | 'readonly' | 'off', who: Who) {
      const here = () =>
        setOverride({ name: feature, path: `${name}/overrides`, overrides, events, clock: systemClock }, mode, who) as object
      if (made.blind()) return { ...here(), on: 'this machine alone: the fleet can’t be reached' }
      const target = `features/${feature}`
      if (mode === 'on') await made.forces.end(target)
      else await made.forces.set(target, mode, null, who)
      return { ...here(), on: 'all machines' }
    },
    async close() {
      for (const one of undo) one()
      await made.leave()
      await engine.close?.()
    },
  })
}

/** It goes on after that: whoever asked is told so in time. */
function answeredWithin(work: Promise<Json>): Promise<Json> {
  return new Promise((resolve, reject) => {
    const undo = systemClock.after(ANSWER_MS, () =>
      reject(
        new SelfhealError(
          'SELFHEAL_PERMIT_AWAITED',
          'Other machines restart just now: this one is reloaded when its turn comes.',
          'Nothing to do. Whose turn it is: selfheal fleet permits.',
        ),
      ),
    )
    work.then(resolve, reject).finally(undo)
  })
}
