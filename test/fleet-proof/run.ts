// One history: some machines with the real fleet code, the memory engine behind a faulty network, and a script of troubles and wishes, all from
// one seed. Gives what an outside observer saw. Faults end a while before the end, so that it can also be asked whether everything came back.
import { createEvents } from '../../src/core/index.ts'
import { type Engine, type Fleet, fleet, memory, type OnlyLife } from '../../src/fleet/index.ts'
import type { Exit } from '../../src/supervisor/index.ts'
import { type Machine, machine, type Random, seeded, type World, world } from './world.ts'

export type Mutant = 'none' | 'no-fence' | 'wall-clock' | 'no-margin' | 'no-cas'

export interface Effect {
  readonly node: string
  readonly token: number
  /** When its machine looked at its lease, and when it came to the resource. */
  readonly looked: number
  readonly landed: number
  /** It was stopped in between: no lease helps against that. */
  readonly stopped: boolean
  readonly accepted: boolean
}
export interface History {
  readonly seed: number
  readonly machines: number
  readonly engineStepped: boolean
  readonly effects: readonly Effect[]
  /** When each token of the lease was given, and to whom. */
  readonly tokens: readonly { readonly token: number; readonly node: string; readonly at: number }[]
  readonly restarts: readonly {
    readonly node: string
    readonly token: number
    readonly at: number
    readonly valid: boolean
    readonly held: number
  }[]
  readonly heard: readonly { readonly node: string; readonly name: string; readonly epoch: number; readonly choice: string }[]
  /** By target: what must hold at the end on each machine that lives; several where an answer was lost. */
  readonly wanted: Readonly<Record<string, readonly (string | null)[]>>
  readonly forces: readonly { readonly node: string; readonly has: Readonly<Record<string, string>> }[]
  readonly end: { readonly blind: number; readonly workers: number; readonly waiting: number; readonly alive: number }
}

const FAULTS_END_MS = 60_000
const END_MS = 150_000
const FLEET = 'f'

interface Link {
  /** Requests, answers: lost. */
  up: boolean
  down: boolean
}

export async function run(seed: number, mutant: Mutant = 'none'): Promise<History> {
  const random = seeded(seed)
  const w = world()
  const count = 2 + Math.floor(random() * 4)
  const stepping = random() < 0.2
  const server = { step: 0, is: 'well' as 'well' | 'hung' | 'refuses', queue: [] as (() => void)[] }
  const engine = memory({ clock: { now: () => w.now() + 5e8 + server.step, wall: () => 0, after: () => () => {} } })
  const between = (from: number, to: number) => from + random() * (to - from)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!

  const effects: Effect[] = []
  const tokens: History['tokens'][number][] = []
  const restarts: History['restarts'][number][] = []
  const heard: History['heard'][number][] = []
  const operations = new Map<string, Operation[]>()
  const everyone: Member[] = []
  let highest = 0
  let n = 0

  const document = async (key: string) => (await engine.write(FLEET, key, null, -1, 0)).stored.value

  function join(): Member {
    const host = machine(w, random, mutant === 'wall-clock')
    const link: Link = { up: true, down: true }
    const node = `n${n++}`
    const member: Member = {
      node,
      host,
      link,
      worked: -1,
      waits: 0,
      fleet: undefined as unknown as Fleet,
      stop: new AbortController(),
    }
    member.fleet = fleet({
      engine: remote(w, random, engine, host, link, server, mutant, (token, at) => tokens.push({ token, node, at })),
      name: FLEET,
      node,
      clock: host.clock,
      events: createEvents({ clock: host.clock }),
      random,
      // Those that were killed are not coming back: else they count as sick for ten minutes.
      forget: 15_000,
      restart: 1_000,
      ...(mutant === 'no-margin' ? { margin: 0 } : {}),
    })
    member.fleet.onDecision((name, { epoch, choice }) => heard.push({ node, name, epoch, choice }))
    member.fleet.start()
    void work(member)
    everyone.push(member)
    return member
  }
  /** The singleton: again and again it looks at its lease, thinks, and writes. */
  async function work({ fleet: one, host, stop, ...member }: Member) {
    const sleep = (ms: number) => new Promise<void>(resolve => void host.clock.after(ms, resolve))
    const component = one.only('report', async (life: OnlyLife) => {
      while (!life.signal.aborted) {
        const looked = w.now()
        if (life.remaining() <= 0) return
        await sleep(between(0, 60))
        const stopped = host.pausedAt >= looked
        const { token } = life
        // It hears of its write before it does anything else: work that ends has nothing under way.
        await new Promise<void>(heard => {
          w.at(between(1, 400), () => {
            const accepted = mutant === 'no-fence' || token >= highest
            if (accepted) highest = Math.max(highest, token)
            effects.push({ node: member.node, token, looked, landed: w.now(), stopped, accepted })
            everyone.find(each => each.node === member.node)!.worked = w.now()
            host.deliver(heard)
          })
        })
        await sleep(between(50, 600))
      }
    })
    for (;;) {
      const child = await component.start({ id: 'report', path: 'report', generation: 1, signal: stop.signal, beat: () => {} })
      if (child === 'ignore') return
      const exit: Exit = await child.exited
      if (exit.reason === 'shutdown') return
      await sleep(between(100, 1_000))
    }
  }
  function wish({ fleet: one, host, node }: Member) {
    const member = everyone.find(each => each.node === node)!
    member.waits++
    const sleep = (ms: number) => new Promise<void>(resolve => void host.clock.after(ms, resolve))
    const takes = between(1_000, 15_000)
    one
      .permit('reload', async permit => {
        const until = host.clock.now() + takes
        while (host.clock.now() < until && permit.remaining() > 0 && !permit.signal.aborted) {
          const { token } = permit
          const at = w.now()
          const { held = [] } = ((await document('permits')) ?? {}) as { held?: { token: number; until: number }[] }
          const now = w.now() + 5e8 + server.step
          const open = held.filter(each => each.until > now)
          restarts.push({ node, token, at, valid: open.some(each => each.token === token), held: open.length })
          await sleep(between(100, 500))
        }
      })
      .catch(() => undefined)
      .finally(() => member.waits--)
  }
  function force({ fleet: one }: Member) {
    const target = pick(['features/sell', 'features/buy', 'db/breaker'])
    const value = random() < 0.3 ? null : `by-${w.now().toFixed(0)}`
    const operation: Operation = { value, asked: w.now(), done: Number.POSITIVE_INFINITY }
    operations.set(target, [...(operations.get(target) ?? [{ value: null, asked: -1, done: 0 }]), operation])
    const asked = value === null ? one.forces.end(target) : one.forces.set(target, 'isolate', null, { by: value, why: '' })
    asked.then(
      () => {
        operation.done = w.now()
      },
      // It may have been done, or be done yet.
      () => undefined,
    )
  }

  // ── The script
  for (let i = 0; i < count; i++) w.at(between(0, 3_000), join)
  const living = () => everyone.filter(each => !each.host.dead)
  const some = (fn: (member: Member) => void) => () => {
    const all = living()
    if (all.length > 0) fn(pick(all))
  }
  const repeatedly = (fromMs: number, toMs: number, untilMs: number, fn: () => void) => {
    const next = () => {
      if (w.now() >= untilMs) return
      fn()
      w.at(between(fromMs, toMs), next)
    }
    w.at(between(fromMs, toMs), next)
  }
  const faults: ((member: Member) => void)[] = [
    ({ link }) => {
      link.up = link.down = false
      w.at(between(500, 25_000), () => (link.up = link.down = true))
    },
    ({ link }) => {
      const way = pick(['up', 'down'] as const)
      link[way] = false
      w.at(between(500, 25_000), () => (link[way] = true))
    },
    ({ host }) => {
      if (host.paused) return
      host.pause()
      w.at(between(100, 25_000), () => host.resume())
    },
    ({ host }) => host.stepWall(between(-40_000, 40_000)),
    () => {
      server.is = pick(['hung', 'refuses'] as const)
      w.at(between(200, 15_000), () => {
        server.is = 'well'
        for (const fn of server.queue.splice(0)) w.at(0, fn)
      })
    },
    member => {
      if (living().length <= 1) return
      member.host.dead = true
      w.at(between(100, 10_000), join)
    },
    () => {
      if (stepping) server.step += between(-15_000, 15_000)
    },
  ]
  repeatedly(
    1_000,
    8_000,
    FAULTS_END_MS,
    some(member => pick(faults)(member)),
  )
  repeatedly(2_000, 12_000, FAULTS_END_MS, some(wish))
  repeatedly(3_000, 15_000, FAULTS_END_MS, some(force))
  repeatedly(
    4_000,
    15_000,
    FAULTS_END_MS,
    some(
      ({ fleet: one, node }) => void one.decide('payments', pick(['a', 'b', 'c']), { by: node, why: '' }).catch(() => undefined),
    ),
  )
  await w.run(END_MS)
  // Restarts come one after another, and the permit of one that was killed runs out first.
  for (let more = 0; more < 8 && living().some(each => each.waits > 0); more++) await w.run(w.now() + 30_000)

  const alive = living()
  for (const { stop } of everyone) stop.abort()
  return {
    seed,
    machines: count,
    engineStepped: stepping,
    effects,
    tokens,
    restarts,
    heard,
    wanted: Object.fromEntries([...operations].map(([target, all]) => [target, mayHold(all)])),
    forces: alive.map(({ node, fleet: one }) => ({
      node,
      has: Object.fromEntries(Object.entries(one.forces.all()).map(([target, { by }]) => [target, by])),
    })),
    end: {
      blind: alive.filter(each => each.fleet.blind()).length,
      workers: alive.filter(each => each.worked > w.now() - 3_000).length,
      waiting: alive.reduce((sum, each) => sum + each.waits, 0),
      alive: alive.length,
    },
  }
}

interface Operation {
  readonly value: string | null
  readonly asked: number
  /** When it was known to be done; Infinity: it is not known. */
  done: number
}

/** All but those that something else, known to be done, came after. */
function mayHold(all: readonly Operation[]): readonly (string | null)[] {
  return all.filter(one => !all.some(later => Number.isFinite(later.done) && later.asked > one.done)).map(one => one.value)
}

interface Member {
  readonly node: string
  readonly host: Machine
  readonly link: Link
  readonly stop: AbortController
  fleet: Fleet
  worked: number
  waits: number
}

/** The engine as one machine reaches it. */
function remote(
  w: World,
  random: Random,
  engine: Engine,
  host: Machine,
  link: Link,
  server: { is: 'well' | 'hung' | 'refuses'; queue: (() => void)[] },
  mutant: Mutant,
  given: (token: number, at: number) => void,
): Engine {
  const delay = () => (random() < 0.05 ? random() * 600 : 1 + random() * 20)
  const through = <T>(ask: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const back = (fn: () => void) => w.at(delay(), () => void (link.down && host.deliver(fn)))
      const handle = () => {
        if (server.is === 'hung') server.queue.push(handle)
        else if (server.is === 'refuses') back(() => reject(new Error('ECONNREFUSED')))
        else void ask().then(value => back(() => resolve(value)))
      }
      w.at(delay(), () => void (link.up && handle()))
    })
  return {
    kind: 'memory',
    beat: (beat, within) => through(() => engine.beat(beat, within)),
    write: (name, key, value, version, within) =>
      through(async () => {
        const real = mutant === 'no-cas' ? (await engine.write(name, key, null, -1, 0)).stored.version : version
        const before = (await engine.write(name, key, null, -1, 0)).stored.value as { token?: number } | null
        const written = await engine.write(name, key, value, real, within)
        const { token } = (value ?? {}) as { token?: number }
        if (written.done && key === 'lease/report' && token !== undefined && token !== before?.token) given(token, w.now())
        return written
      }),
    nodes: (name, within) => through(() => engine.nodes(name, within)),
    leave: (name, node, within) => through(() => engine.leave(name, node, within)),
  }
}
