// The programs' tree: joins state folder, journal, control socket, held ports and one supervisor into what `selfheal run` is.
// Here alone emitters and listeners meet. Order: folder and lock → journal → ports → control socket → programs by their needs.
import { resolve } from 'node:path'
import { controlServer, lockState } from '../control/index.ts'
import { ConfigError, createEvents, durationMs, type Part, SelfhealError, systemClock } from '../core/index.ts'
import { overridesFile } from '../feature/index.ts'
import { journal as openJournal } from '../journal/index.ts'
import { guardFaults } from '../policy/index.ts'
import { inheritedPorts, notifier } from '../program/index.ts'
import { type Supervisor, type SupervisorOptions, supervisor } from '../supervisor/index.ts'
import { appParts } from './app-parts.ts'
import { asides } from './asides.ts'
import { drillsPart } from './drills-part.ts'
import { runFleet } from './fleet-run.ts'
import { relayHints } from './hints.ts'
import { watchLives } from './lives.ts'
import { logs } from './logs.ts'
import { overridesPart } from './overrides-part.ts'
import { tellOverrides } from './overrides-told.ts'
import { watchOwnFaults } from './own-fault.ts'
import { journalPart, programPart, systemPart } from './parts.ts'
import { reloads } from './reload.ts'
import { renewals, renewOnMemory } from './renewals.ts'
import { roster } from './roster.ts'
import type { Running, RunOptions } from './run-options.ts'
import { sampler } from './sampler.ts'
import { tellServiceManager } from './service-manager.ts'
import { switching } from './switching.ts'
import { renewOnUptime } from './uptime.ts'

const RETRY_EVERY = '60s'

/** Resolves when every program is ready, or is being tried again by the rule. Rejects, with nothing left behind, when it can't begin. */
export async function runPrograms(options: RunOptions): Promise<Running> {
  const { name, folder, version, events = createEvents() } = options
  const undo: (() => unknown)[] = []
  const unwind = async () => {
    for (const one of undo.splice(0).reverse()) await one()
  }
  try {
    const faults = Object.entries(options.guards ?? {}).flatMap(([guard, given]) => guardFaults(`guards.${guard}`, given))
    if (faults.length > 0) throw new ConfigError('configuration', faults)

    // ── 1. What outlives every life
    const lock = lockState(folder)
    undo.push(() => lock.release())
    const log = openJournal({ file: `${folder}/journal.db`, events, ...options.journal })
    const unlisten = events.on('*', event => log.append(event))
    undo.push(async () => {
      unlisten()
      await log[Symbol.asyncDispose]()
    })
    const heard = notifier(process.env, process.pid, message =>
      events.emit('system.notify_failed', name, { message }, { level: 'warn' }),
    )
    const manager = heard === undefined ? undefined : tellServiceManager(heard, events, systemClock)
    if (manager !== undefined) undo.push(manager.undo)
    const inherited = inheritedPorts()
    const said = logs(options.output)
    const { programs, cwd } = options
    const all = await roster({
      name,
      folder,
      cwd,
      programs,
      events,
      logs: said,
      inherited,
      ...(options.guards === undefined ? {} : { guards: options.guards }),
      ...(options.intensity === undefined ? {} : { throws: options.intensity - 1 }),
    })
    undo.push(() => all.release())
    for (const port of inherited.takeRest()) {
      events.emit('system.socket_unclaimed', name, { port: port.key }, { level: 'warn' })
      port.close()
    }

    // ── 2. The tree
    const treeOptions = (): SupervisorOptions => ({
      strategy: options.strategy ?? 'one_for_one',
      budget: 'child',
      intensity: options.intensity ?? 5,
      period: options.period ?? '60s',
      backoff: { baseMs: durationMs(options.backoff ?? '100ms') ?? 100 },
      exhausted: { retryEvery: RETRY_EVERY, meanwhile: all.meanwhile, retriesFirst },
      children: all.specs(),
      events,
    })
    const root = supervisor(treeOptions())
    const watched = watchLives(events)
    undo.push(watched.undo)
    const controller = new AbortController()
    let tree: Supervisor | undefined
    const overrides = overridesFile(`${folder}/overrides.json`, { events })
    undo.push(() => overrides.close())
    const { build = () => undefined } = options
    const machines =
      options.fleet === undefined
        ? undefined
        : runFleet({
            name,
            version,
            folder,
            events,
            engine: options.fleet,
            beat: options.fleetBeat,
            build,
            overrides,
            tree: () => tree,
          })
    if (machines !== undefined) undo.push(() => machines.close())
    const renewal = renewals({ name, tree: () => tree, events, clock: systemClock, ...(machines && { permit: machines.renew }) })
    undo.push(renewOnMemory(name, events, renewal), renewOnUptime(name, events, systemClock, all, renewal), renewal.undo)
    undo.push(relayHints({ name, tree: () => tree, events }))
    undo.push(watchOwnFaults({ name, tree: () => tree, events, clock: systemClock, renewals: renewal }))
    const running = (): Supervisor => {
      if (tree === undefined) throw notYet()
      return tree
    }
    const switches = switching(name, events, all, running)
    undo.push(switches.close)
    const { start, stop: stopSome, restart } = switches
    const reloadHere = reloads({
      name,
      roster: all,
      events,
      tree: running,
      reread: options.reread ?? (async () => programs),
      treeOptions,
      leave: switches.leave,
    })
    const reload = machines?.reload(reloadHere) ?? reloadHere
    const parts = async (): Promise<readonly Part[]> => [
      systemPart(name, {
        version,
        folder,
        order: all.order,
        limits: () => tree?.limits(),
        stop,
        start,
        stopSome,
        restart,
        reload,
        logs: said,
      }),
      ...all.places().map(p => programPart(name, p, all.ports(p.of), watched, () => tree, { ...all, restart, reload })),
      ...(await appParts(tree)),
      journalPart(name, log),
      overridesPart(name, overrides, events, () => tellOverrides(tree), machines?.setMode),
      drills,
      ...(machines === undefined ? [] : [machines.fleet]),
      ...(beside?.parts() ?? []),
    ]
    const drills = drillsPart(name, events, of => {
      if (!all.has(of)) return undefined
      const { argv, run, cwd: own = '.' } = all.settings(of)
      return { command: argv ?? run, cwd: resolve(cwd, own) }
    })
    let beside: Awaited<ReturnType<typeof asides>> | undefined
    const control = await controlServer({ folder, parts, events, version })
    undo.push(() => control.close())

    undo.push(sampler({ name, folder, parts, events, clock: systemClock }))

    // ── 3. Start
    const startedEvent = events.emit('system.started', name, { version, pid: process.pid, programs: all.order() })
    let stoppingEvent: string | undefined
    function stop(why: string) {
      if (controller.signal.aborted) return
      stoppingEvent = events.emit('system.stopping', name, { why })
      controller.abort()
    }
    options.signal?.addEventListener('abort', () => stop(String(options.signal?.reason)), { once: true })
    if (options.signal?.aborted) stop(String(options.signal.reason))
    const child = await root.start({
      id: name,
      path: name,
      generation: 1,
      signal: controller.signal,
      beat: () => {},
      because: startedEvent,
    })
    if (child === 'ignore') throw new SelfhealError('SELFHEAL_CONFIG', 'No program is configured.', 'Name one under programs.')
    tree = child.handle
    manager?.ready()
    if (options.asides !== undefined && !controller.signal.aborted)
      beside = await asides({ name, folder, cwd, events, logs: said, wanted: options.asides })

    // ── 4. End
    const stopped = child.exited.then(async exit => {
      await beside?.close()
      events.emit('system.stopped', name, { reason: exit.reason }, stoppingEvent === undefined ? {} : { because: stoppingEvent })
      await unwind()
      return exit
    })
    const urls = () =>
      all.order().flatMap(id =>
        all
          .ports(id)
          .urls()
          .map(url => ({ program: id, url })),
      )
    return Object.freeze({ events, urls, reload: () => reload(null), stopped })
  } catch (error) {
    await unwind()
    throw error
  }
}

/** A program that crashes, or is late, at its first start is a crash like any other; one that ends with 0, or is not there, is a mistake. */
function retriesFirst(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'SELFHEAL_CRASHED_AT_START' || code === 'SELFHEAL_CHILD_START_LATE'
}

const notYet = () =>
  new SelfhealError('SELFHEAL_STARTING', 'The programs are still being started.', 'Ask again when they are: selfheal status.')
