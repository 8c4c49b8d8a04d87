// The tree of components inside an app: one supervisor, started by the first component that is supervised. What it can't heal ends the
// process, so that the level above can: `selfheal run`, systemd, or whoever started it.
import { ConfigError, type EventId, type Events, onStray, outsideFrames, SelfhealError } from '../core/index.ts'
import { bridge } from '../program/index.ts'
import {
  type Child,
  type Component,
  catchStrays,
  type Exit,
  type Life,
  type Root,
  type Spec,
  type Supervisor,
  type SupervisorOptions,
  service,
  startRoot,
  supervisor,
  takeStray,
} from '../supervisor/index.ts'

export interface AppTree {
  readonly handle: Supervisor
  supervise<H>(id: string, child: Component<H> | ((life: Life) => Promise<void>), options?: Partial<Spec<H>>): Promise<Child<H>>
  stop(): Promise<void>
}

const NOT_STARTED = Object.freeze({
  strategy: 'one_for_one',
  budget: 'supervisor',
  intensity: 3,
  periodMs: 5_000,
  restarts: 0,
} as const)

export function appTree(path: string, events: Events): AppTree {
  let root: Promise<Root<Supervisor>> | undefined
  let running: Supervisor | undefined
  let stopped = false

  const begin = async () => {
    const made = await startRoot(supervisor({ children: [] }), { path, events })
    running = made.handle
    // An error that nobody caught is its component's end, if it is one's. Under `selfheal run` the program's preload hears of all of them.
    if (bridge() === undefined) catchStrays({ events, path })
    else onStray(error => takeStray(error))
    void made.exited.then(exit => stopped || endProcess(path, exit, events))
    return made
  }
  const tree = async () => {
    if (stopped)
      throw new SelfhealError('SELFHEAL_SYSTEM_STOPPED', `${path} has stopped`, 'Supervise before the system is disposed.')
    return (await (root ??= outsideFrames(begin))).handle
  }
  const started = (id: string): Supervisor => {
    if (running === undefined)
      throw new ConfigError(path, [{ at: id, says: 'is not supervised here: heal.supervise() comes first' }])
    return running
  }

  const handle: Supervisor = Object.freeze({
    startChild: async <H>(spec: Spec<H>) => (await tree()).startChild(spec),
    terminateChild: async (id: string | Child) => (await tree()).terminateChild(id),
    restartChild: async (id: string) => (await tree()).restartChild(id),
    deleteChild: (id: string) => started(id).deleteChild(id),
    replace: async (id: string) => (await tree()).replace(id),
    change: async (options: SupervisorOptions) => (await tree()).change(options),
    need: (id: string) => started(id).need(id),
    limits: () => running?.limits() ?? NOT_STARTED,
    whichChild: (id: string) => started(id).whichChild(id),
    whichChildren: () => running?.whichChildren() ?? [],
    countChildren: () => running?.countChildren() ?? { specs: 0, active: 0, supervisors: 0, workers: 0 },
  })

  return Object.freeze({
    handle,
    async supervise<H>(id: string, child: Component<H> | ((life: Life) => Promise<void>), options: Partial<Spec<H>> = {}) {
      const component = (typeof child === 'function' ? service(child) : child) as Component<H>
      const started = await handle.startChild<H>({ ...options, id, component })
      if (started === 'ignore')
        throw new SelfhealError(
          'SELFHEAL_CHILD_IGNORED',
          `${path}/${id} said ignore: there is nothing to run`,
          'Supervise it when there is.',
        )
      return started
    },
    async stop() {
      stopped = true
      await (await root)?.stop()
    },
  })
}

/** Thrown where nobody can catch it: the process ends, or retires when `selfheal run` runs it. */
function endProcess(path: string, { reason, info, event }: Exit, events: Events): void {
  const data = { reason, ...(info === undefined ? {} : { info }) }
  const because = events.emit('system.tree_ended', path, data, {
    level: 'warn',
    ...(event === undefined ? {} : { because: event }),
  })
  throwOutside(
    new SelfhealError(
      'SELFHEAL_TREE_ENDED',
      `the components of ${path} could not be healed inside their process (${reason}${info === undefined ? '' : `: ${JSON.stringify(info)}`}); ${because} tells`,
      'Its process is replaced. See: selfheal journal',
    ),
    because,
  )
}

/** `event` tells of it: whoever hears of the error in the level above names it as the cause. */
export function throwOutside(error: Error, event: EventId): void {
  Object.defineProperty(error, 'event', { value: event })
  outsideFrames(() =>
    setImmediate(() => {
      throw error
    }),
  )
}
