// The fleet as a part: what status and dashboard show of it, and what an operator can do for all machines.
import { type Json, type Part, SelfhealError, type Verb } from '../core/index.ts'
import type { Beats } from './beats.ts'
import type { Fleet } from './fleet.ts'
import type { Leases } from './leases.ts'
import type { Settings } from './options.ts'
import type { PermitsOfNode } from './permits.ts'
import { leaseOf, mostlySick, permitsFor, permitsOf, verdictsOf } from './rule.ts'

interface Inside {
  readonly s: Settings
  readonly beats: Beats
  readonly leases: Leases
  readonly permits: PermitsOfNode
  readonly left: () => boolean
}

export function fleetPart({ s, beats, leases, permits, left }: Inside, fleet: Omit<Fleet, keyof Part>): Part {
  const snapshot = (): Json => {
    const sight = beats.sight()
    const age = fleet.ageMs()
    return {
      fleet: s.fleet,
      node: s.node,
      engine: s.engine.kind,
      state: left()
        ? 'left'
        : sight === undefined
          ? 'joining'
          : beats.blind()
            ? 'blind'
            : mostlySick(sight.nodes)
              ? 'sick'
              : 'well',
      ageMs: Number.isFinite(age) ? Math.round(age) : null,
      nodes: sight === undefined ? null : { ...sight.nodes },
      most: sight === undefined ? null : permitsFor(sight.nodes.alive),
      permits: permitsOf(beats.document('permits'))
        .held.filter(one => beats.local(one.until) > s.clock.now())
        .map(({ node, what, token, until }) => ({ node, what, token, endsInMs: Math.round(beats.local(until) - s.clock.now()) })),
      waiting: permits.waiting().map(one => ({ ...one })),
      leases: leases.held().map(one => ({ ...one })),
      singletons: beats
        .keys()
        .filter(key => key.startsWith('lease/'))
        .map(key => ({ name: key.slice('lease/'.length), ...leaseOf(beats.document(key)) }))
        .filter(one => one.holder !== null && beats.local(one.until) > s.clock.now())
        .map(({ name, holder, token }) => ({ name, node: holder, token })),
      forces: Object.values(fleet.forces.all()).map(force => ({ ...force })) as unknown as Json,
      decisions: Object.fromEntries(
        beats
          .keys()
          .filter(key => key.startsWith('epoch/'))
          .map(key => [key.slice('epoch/'.length), beats.document(key)]),
      ),
      bad: Object.entries(verdictsOf(beats.document('verdicts')))
        .filter(([, verdict]) => verdict.bad)
        .map(([build, { by, why }]) => ({ build, by, why })),
      hints: [...fleet.agreedHints()],
    }
  }
  const text = (args: Json, name: string) => {
    const value = (args as Readonly<Record<string, Json>> | null)?.[name]
    if (typeof value !== 'string' || value === '')
      throw new SelfhealError('SELFHEAL_USAGE', `${name} is missing.`, `Give { ${name} }.`)
    return value
  }
  const verbs: Record<string, Verb> = {
    machines: async () => (await fleet.machines()) as unknown as Json,
    force: async (args, who) => {
      const { args: inner = null } = args as { args?: Json }
      return { ...(await fleet.forces.set(text(args, 'target'), text(args, 'verb'), inner, who)) } as unknown as Json
    },
    unforce: async args => {
      await fleet.forces.end(text(args, 'target'))
      return { target: text(args, 'target') }
    },
    decide: async (args, who) => ({ ...(await fleet.decide(text(args, 'name'), text(args, 'choice'), who)) }) as unknown as Json,
    forgive: async (args, who) => {
      await fleet.judge(text(args, 'build'), false, `${who.by}: ${who.why}`)
      return { build: text(args, 'build') }
    },
    leave: async () => {
      await fleet.leave()
      return snapshot()
    },
  }
  return {
    path: s.path,
    kind: 'fleet',
    snapshot,
    verbs,
    settings: () => [{ level: 'fleet', name: 'question to the engine', valueMs: s.timeoutMs, from: 'timeout' }],
  }
}
