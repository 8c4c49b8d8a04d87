// fleet(): this machine as one of several. Joins the beat, leases, permits, forces, decisions and verdicts; starts with start(), and is off
// every request's path: whoever asks it reads what came last.
import { type Json, type Need, type Part, type Reading, settableNeed, type Undo, type Who } from '../core/index.ts'
import type { Component } from '../supervisor/index.ts'
import { beats as makeBeats } from './beats.ts'
import type { NodeRow } from './engine.ts'
import './events.ts'
import { type ForcesOfNode, forces as makeForces } from './forces.ts'
import { watchHints } from './hints.ts'
import { leases as makeLeases } from './leases.ts'
import { type Only, onlyComponent } from './only.ts'
import { type FleetOptions, readOptions } from './options.ts'
import { fleetPart } from './part.ts'
import { permits as makePermits, type PermitHow, type RestartPermit } from './permits.ts'
import { agreed, type Decision, decided, decisionOf, mostlySick, type Verdict, verdictsOf, withVerdict } from './rule.ts'
import { within } from './timers.ts'

export interface Fleet extends Part, AsyncDisposable {
  readonly node: string
  /** Full while most machines are well, or when it can't be known; `read` while more than half are sick or lost. */
  readonly need: Need
  start(): void
  /** The engine does not answer: what is read here is old. */
  blind(): boolean
  /** Since the last reading; Infinity: there was none. */
  ageMs(): number
  /** Runs `what` on one machine at a time: a component for a supervisor. It moves within lease + 2 beats when its machine dies. */
  only(name: string, what: Only): Component<undefined>
  /** Runs `work` when this machine may restart of its own will. */
  permit<T>(what: string, work: (permit: RestartPermit) => Promise<T> | T, how?: PermitHow): Promise<T>
  readonly forces: ForcesOfNode
  /** The fleet's decision; epoch 0: none was made. */
  decision(name: string): Decision
  /** Decides, if nobody has since epoch `from` (default: what is known here). Gives the decision that holds. */
  decide(name: string, choice: string, who: Who, from?: number): Promise<Decision>
  onDecision(fn: (name: string, decision: Decision) => void): Undo
  verdict(build: string): Verdict | undefined
  judge(build: string, bad: boolean, why: string): Promise<void>
  /** Names that enough machines find broken. */
  agreedHints(): readonly string[]
  onHint(fn: (hint: string, agreed: boolean) => void): Undo
  machines(): Promise<readonly NodeRow[]>
  /** For good: leases and permits are given back, and it is not counted as lost. */
  leave(): Promise<void>
}

export function fleet(options: FleetOptions): Fleet {
  const s = readOptions(options)
  const { clock, events, path, engine } = s
  const beats = makeBeats(s)
  const leases = makeLeases(s, beats)
  const permits = makePermits(s, beats)
  const forces = makeForces(s, beats)
  const hints = watchHints(s, beats)
  let left = false

  // ── More than half of it sick
  const well: Reading = { usable: 'full', state: 'well', causes: [], since: clock.wall() }
  const need = settableNeed(s.fleet, well)
  let sickSince: number | undefined
  beats.hook(() => {
    const { nodes } = beats.sight()!
    if (mostlySick(nodes) === (sickSince !== undefined)) return
    const since = clock.wall()
    if (sickSince === undefined) {
      sickSince = clock.now()
      const event = events.emit('fleet.sick', path, { ...nodes }, { level: 'alarm' })
      const says = `${nodes.sick + nodes.lost} of ${nodes.alive + nodes.lost} machines are sick or lost`
      need.set({ usable: 'read', state: 'sick', causes: [{ code: 'FLEET_SICK', says, since, event }], since })
    } else {
      events.emit('fleet.well', path, { alive: nodes.alive, forMs: Math.round(clock.now() - sickSince) })
      sickSince = undefined
      need.set({ ...well, since })
    }
  })

  // ── Decisions
  const deciders = new Set<(name: string, decision: Decision) => void>()
  const epochs = new Map<string, number>()
  const tellDecisions = () => {
    for (const key of beats.keys()) {
      if (!key.startsWith('epoch/')) continue
      const name = key.slice('epoch/'.length)
      const decision = decisionOf(beats.document(key))
      if ((epochs.get(name) ?? 0) >= decision.epoch) continue
      epochs.set(name, decision.epoch)
      events.emit('fleet.decided', path, { name, ...decision })
      for (const fn of [...deciders]) {
        try {
          fn(name, decision)
        } catch (error) {
          events.emit('fleet.listener_failed', path, { message: String(error) }, { level: 'warn' })
        }
      }
    }
  }
  beats.hook(tellDecisions)
  const decision = (name: string) => decisionOf(beats.document(`epoch/${name}`))

  const self: Omit<Fleet, keyof Part> = {
    node: s.node,
    need,
    start: () => beats.start(),
    blind: () => beats.blind(),
    ageMs: () => (beats.sight() === undefined ? Number.POSITIVE_INFINITY : clock.now() - beats.sight()!.beatAt),
    only: (name, what) => onlyComponent(s, leases, name, what, beats.holdProcess),
    permit: (what, work, how) => permits.run(what, work, how),
    forces,
    decision,
    async decide(name, choice, { why }, from = decision(name).epoch) {
      await beats.change(
        `epoch/${name}`,
        value => decided(decisionOf(value), from, choice, s.node, why) as unknown as Json | undefined,
      )
      tellDecisions()
      return decision(name)
    },
    onDecision(fn) {
      const own = (name: string, now: Decision) => fn(name, now)
      deciders.add(own)
      return () => void deciders.delete(own)
    },
    verdict: build => verdictsOf(beats.document('verdicts'))[build],
    async judge(build, bad, why) {
      await beats.change('verdicts', value => withVerdict(verdictsOf(value), build, { bad, by: s.node, why }) as unknown as Json)
      events.emit('fleet.build_judged', path, { build, bad, by: s.node, why }, { level: bad ? 'alarm' : 'info' })
    },
    agreedHints: () => agreed(beats.sight()?.hints ?? {}, beats.sight()?.nodes.alive ?? 0),
    onHint: hints.watch,
    machines: () => within(clock, s.timeoutMs, engine.nodes(s.fleet, s.timeoutMs), engine.kind),
    async leave() {
      if (left) return
      left = true
      beats.stop()
      await permits.close()
      await leases.giveAllBack()
      await within(clock, s.timeoutMs, engine.leave(s.fleet, s.node, s.timeoutMs), engine.kind).catch(() => undefined)
      events.emit('fleet.left', path, { fleet: s.fleet, node: s.node })
    },
    [Symbol.asyncDispose]: () => self.leave(),
  }
  return Object.freeze({ ...self, ...fleetPart({ s, beats, leases, permits, left: () => left }, self) })
}
