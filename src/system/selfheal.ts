// selfheal(): the one object an app has. Joins what the rooms make: dependencies, failovers, features, components, under one name, with
// one stream of events, and tells its supervisor of them when it has one. Synchronous; opens nothing.
import { type Compute, type ComputeOptions, compute } from '../compute/index.ts'
import { stateFolder } from '../control/index.ts'
import { ConfigError, defaultEvents, type Events, type Part, SelfhealError, withoutPatterns } from '../core/index.ts'
import {
  type Bodies,
  type Feature,
  type FeatureOptions,
  type Modes,
  type Spool,
  type SpoolOptions,
  spool,
} from '../feature/index.ts'
import { configureGuards, registry } from '../policy/index.ts'
import { bridge } from '../program/index.ts'
import { type Supervisor, treeParts } from '../supervisor/index.ts'
import { type AppFleet, type AppFleetOptions, appFleet } from './app-fleet.ts'
import { type AppTree, appTree, throwOutside } from './app-tree.ts'
import './events.ts'
import { appFeatures } from './features.ts'
import { httpServers } from './http-servers.ts'
import { appOutside, type Outside } from './outside.ts'
import { join } from './together.ts'

export interface SelfhealOptions {
  /** First part of every path. Default: as `selfheal run` calls the program, else app. */
  readonly name?: string
  /** Default: those of the process, which every guard() tells too. */
  readonly events?: Events
}

export interface System extends AsyncDisposable {
  /** First part of its parts' paths. */
  readonly path: string
  readonly events: Events
  readonly tree: Supervisor
  parts(): readonly Part[]
  /**
   * Starts a component under the app's tree and keeps it running. An async function is ready once called, and its promise is its life.
   * Rejects with the component's own error when its first start fails.
   */
  readonly supervise: AppTree['supervise']
  /** Long work in threads, ended at its timeout: docs/compute.md. Its name must be its own. */
  compute<T, R>(file: string | URL, options?: Omit<ComputeOptions, 'clock' | 'events'>): Compute<T, R>
  /** A database, cache or API behind its adapter, with guard, health and `heal`: docs/dependency.md. Named by default as its adapter's kind. */
  readonly dependency: Outside['dependency']
  /** Reads from the first source that answers: primary, replicas, then copies with their age: docs/feature.md. */
  readonly reads: Outside['reads']
  /** One call over interchangeable providers, done once; its reconciler runs under the tree: docs/failover.md. */
  readonly failover: Outside['failover']
  /** What a request meets first: a deadline, a place, a loop that can serve it: docs/inbound.md. */
  readonly admission: Outside['admission']
  /** This process as one of several, over an engine they share: docs/fleet.md. Once. */
  fleet(options: AppFleetOptions): AppFleet
  /** Something a user can do, with what it needs: docs/feature.md. Its name must be its own. */
  feature(name: string, options: Pick<FeatureOptions, 'needs' | 'otherwise' | 'onlyReads' | 'back'>): Feature
  /** Writes that may wait, on disk: docs/feature.md. `file`: by default spool.db in the state folder. */
  spool<K extends Bodies>(
    options: Omit<SpoolOptions<K>, 'file' | 'clock' | 'events' | 'path'> & { readonly file?: string },
  ): Spool<K>
  /** All features, the whole app's mode, and the endpoint that pages ask. */
  readonly modes: Modes
  /** Just stop it: journalled; this process takes no new work, finishes the old, and is replaced. Also throws, so that nothing goes on. */
  crash(why: string): never
}

/** Under `selfheal run` its events go to the journal, and its parts to `selfheal status`. */
export function selfheal(options: SelfhealOptions = {}): System {
  return systemOf(options, false)
}

/** Zero code's: it stands behind those that the app makes itself. */
export function autoSystem(): System {
  return systemOf({}, true)
}

function systemOf(options: SelfhealOptions, auto: boolean): System {
  const supervised = bridge()
  const path = options.name ?? supervised?.path ?? 'app'
  const events = options.events ?? defaultEvents
  configureGuards(JSON.parse(process.env['SELFHEAL_GUARDS'] ?? '{}') as Record<string, object>)
  const named = new Map<string, Part>()
  const held: AsyncDisposable[] = []
  const tree = appTree(path, events)

  // What must outlive the process is kept in the same place with and without a supervisor.
  const folder = () => supervised?.folder ?? stateFolder({ cwd: process.cwd(), env: process.env })
  const outside = appOutside({ path, events, folder, tree, add: part => addPart(named, part) })
  const servers = httpServers()
  const features = appFeatures(path, events, supervised?.folder)
  const parts = () => [
    ...treeParts(path, tree.handle, `${path}/tree`),
    ...named.values(),
    ...features.parts(),
    ...policyParts(path),
    ...servers.parts(path),
  ]
  const undo = join({ path, auto, parts, look: features.look }, events)

  return Object.freeze({
    path,
    events,
    tree: tree.handle,
    parts,
    supervise: tree.supervise,
    dependency: outside.dependency,
    reads: outside.reads,
    failover: outside.failover,
    admission: outside.admission,
    compute<T, R>(file: string | URL, options: Omit<ComputeOptions, 'clock' | 'events'> = {}) {
      const made = compute<T, R>(file, { ...options, events, under: path })
      addPart(named, made)
      held.push(made)
      return made
    },
    fleet(options: AppFleetOptions) {
      const made = appFleet(options, { path, events, folder: supervised?.folder, tree, parts })
      addPart(named, made)
      held.push(made)
      return made
    },
    // In the control arm of a drill it needs nothing, so it is always on.
    feature: (name: string, options: Parameters<System['feature']>[1]) =>
      features.all().feature(name, withoutPatterns().has('feature') ? { ...options, needs: [] } : options),
    spool<K extends Bodies>(options: Omit<SpoolOptions<K>, 'file' | 'clock' | 'events' | 'path'> & { readonly file?: string }) {
      const made = spool({
        ...options,
        file: options.file ?? `${folder()}/spool.db`,
        events,
        path: `${path}/spool`,
      })
      addPart(named, made)
      held.push(made)
      return made
    },
    get modes() {
      return features.all()
    },
    crash(why: string): never {
      const event = events.emit('system.crash_asked', path, { why }, { level: 'warn' })
      const error = new SelfhealError(
        'SELFHEAL_CRASH_ASKED',
        `crash asked for: ${why} (${event})`,
        'Nothing: its process is replaced.',
      )
      throwOutside(error, event)
      throw error
    },
    async [Symbol.asyncDispose]() {
      features.close()
      servers.stop()
      await tree.stop()
      await outside.close()
      await Promise.all(held.map(one => one[Symbol.asyncDispose]()))
      undo()
    },
  })
}

/** Every guard, breaker and limit of this process: isolate, force, reset, set. */
function policyParts(path: string): readonly Part[] {
  return registry.all().map(part => ({ ...part, path: `${path}/policies/${part.path}` }))
}

/** The part under its name, or a ConfigError: two things can't have one path. */
function addPart(named: Map<string, Part>, part: Part): void {
  if (named.has(part.path))
    throw new ConfigError('selfheal()', [{ at: part.path, says: 'is there already: give one of them another name' }])
  named.set(part.path, part)
}
