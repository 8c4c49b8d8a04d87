// What the suite runs over: a kit makes components that do as their script says, and that the test can crash or finish. The same
// cases run over each kit.
import { createEvents } from '../../src/core/index.ts'
import { holdPorts, program } from '../../src/program/index.ts'
import { type Child, type Component, type Life, service, worker } from '../../src/supervisor/index.ts'

/** Read anew at each start. */
export interface Script {
  /** So many starts fail, counted down. */
  failStarts?: number
  /** So many starts say ignore, counted down. */
  ignoreStarts?: number
  /** Does not hear that it is asked to stop. */
  stuck?: boolean
}
export interface Driver {
  crash(): void
  /** Ends by itself, normally. */
  finish(): void
}
export interface Kit {
  readonly name: string
  readonly killable: boolean
  make(script: Script): Component<Driver>
}

export const inProcess: Kit = {
  name: 'in-process',
  killable: false,
  make: script => ({
    kind: 'service',
    async start(life: Life) {
      if (before(script)) return 'ignore'
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const child = await service(own => {
        own.signal.addEventListener('abort', () => {
          if (script.stuck !== true) resolve()
        })
        return promise
      }).start(life)
      if (child === 'ignore') return child
      return { ...child, handle: { crash: () => reject(new Error('crashed')), finish: resolve } }
    },
  }),
}

const file = new URL('./driven-thread.ts', import.meta.url)

export const threads: Kit = {
  name: 'worker threads',
  killable: true,
  make: script => ({
    kind: 'worker',
    async start(life: Life) {
      if (before({ ...script, failStarts: 0 })) {
        script.ignoreStarts!--
        return 'ignore'
      }
      const fails = (script.failStarts ?? 0) > 0
      if (fails) script.failStarts!--
      const thread = worker(file, { data: { fails, stuck: script.stuck === true } })
      const child = (await thread.start(life)) as Child<import('node:worker_threads').Worker>
      const say = (what: string) => child.handle.postMessage(what)
      return { ...child, handle: { crash: () => say('crash'), finish: () => say('finish') } }
    },
  }),
}

const events = createEvents()

/** A shell script, which boots in a moment: ends well by SIGUSR1, and by SIGTERM unless it is stuck; crashes by kill -9. */
const script = ({ fails, stuck }: { readonly fails: boolean; readonly stuck: boolean }) =>
  fails
    ? 'exit 3'
    : `trap 'exit 0' USR1; trap '${stuck ? '' : 'exit 0'}' TERM; echo '{"v":1,"is":"ready"}' >&"$SELFHEAL_FD"; while :; do sleep 1000 & wait $!; done`

export const processes: Kit = {
  name: 'processes',
  killable: true,
  make: told => ({
    kind: 'program',
    async start(life: Life) {
      if (before({ ...told, failStarts: 0 })) {
        told.ignoreStarts!--
        return 'ignore'
      }
      const fails = (told.failStarts ?? 0) > 0
      if (fails) told.failStarts!--
      const ports = await holdPorts([], life.path, events)
      const command = ['/bin/sh', '-c', script({ fails, stuck: told.stuck === true })]
      const child = await program({ command, ports, ready: 'line' })
        .start(life)
        .catch(cause => Promise.reject(new Error('failed to start', { cause })))
      if (child === 'ignore') return child
      const signal = (name: NodeJS.Signals) => process.kill(child.handle.pid, name)
      return { ...child, handle: { crash: () => signal('SIGKILL'), finish: () => signal('SIGUSR1') } }
    },
  }),
}

/** True: ignore. */
function before(script: Script): boolean {
  if ((script.failStarts ?? 0) > 0) {
    script.failStarts!--
    throw new Error('failed to start')
  }
  if ((script.ignoreStarts ?? 0) === 0) return false
  script.ignoreStarts!--
  return true
}
