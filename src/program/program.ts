// Program: an OS process as a component. One start = one life: spawned on the held ports, watched over its link until it is ready, then
// until nothing of it is left. It restarts nothing and counts nothing: the supervisor's rule does.
import { createEvents, durationMs, type EventId, type Json, settableNeed, systemClock } from '../core/index.ts'
import type { Child, Component, Exit, Life } from '../supervisor/index.ts'
import { asking } from './asking.ts'
import { oomKills } from './cgroup.ts'
import { readCommand } from './command.ts'
import { exitOf } from './exit.ts'
import { launch } from './launch.ts'
import { openLink, type Report } from './link.ts'
import type { ProgramHandle, ProgramOptions } from './options.ts'
import { readOutput } from './output.ts'
import type { Ports } from './ports.ts'
import { readiness } from './readiness.ts'
import { relayed } from './relayed.ts'
import { watchSilence } from './silence.ts'
import { startFailed } from './start-failed.ts'

const OUTPUT_AFTER_EXIT_MS = 300

export function program(options: ProgramOptions): Component<ProgramHandle> {
  const {
    ports,
    clock = systemClock,
    events = createEvents(),
    cwd = process.cwd(),
    mark = () => '',
    output: sink = () => {},
  } = options
  const drainMs = durationMs(options.drain ?? '7s') ?? 7_000
  const hangMs = durationMs(options.hang ?? '5s') ?? 5_000

  async function start(life: Life): Promise<Child<ProgramHandle>> {
    // ── 1. Spawn
    const { generation, path } = life
    const cause = (because: EventId | undefined) => (because === undefined ? {} : { because })
    const command = readCommand(options.command, cwd)
    const killsBefore = oomKills()
    const told = { hangMs, path, generation, ...(options.folder === undefined ? {} : { folder: options.folder }) }
    const launched = await launch({ command, cwd, env: portEnv(ports, options.env), ports, told })
    const { pid, process: child } = launched
    const startedAt = clock.now()
    const out = readOutput(launched.output, mark(generation), sink)
    const startedEvent = events.emit('program.started', path, { generation, pid }, { level: 'debug', ...cause(life.because) })
    let last: EventId = startedEvent
    let asked = false
    let killed = false
    let greeted = false
    let rss: number | undefined
    let uncaught: Json | undefined
    let hung: Json | undefined
    const kill = () => {
      killed = true
      return killGroup(pid)
    }

    // ── 2. Listen to it
    const heldKeys = ports.list().map(port => port.key)
    const becomes = readiness(options.ready, command.node, heldKeys, clock)
    const silence = watchSilence(clock, hangMs, forMs => hang(forMs, null, true))
    const hang = (forMs: number, stack: readonly string[] | null, stopped: boolean) => {
      if (hung !== undefined || asked) return
      hung = { forMs, stack, stopped }
      last = events.emit('program.hung', path, { generation, pid, forMs, stack, stopped }, { level: 'warn' })
      kill()
    }
    const link = openLink(launched.link, (report: Report) => {
      silence.heard()
      if (report.is === 'hello') greeted = true
      else if (report.is === 'ready') becomes.said()
      else if (report.is === 'beat') rss = report.rss
      else if (report.is === 'hung') hang(report.forMs, report.stack, false)
      else if (report.is === 'reply') questions.replied(report.to, report.data)
      else if (report.is === 'event') {
        const event = relayed(report.event, path)
        if (event !== undefined) events.relay(event)
      } else if (report.is === 'listening') {
        if (ports.named && report.held !== true)
          events.emit('program.listens_elsewhere', path, { generation, port: report.port, held: heldKeys }, { level: 'warn' })
        becomes.listening(report.port, report.held === true)
      } else if (report.is === 'retiring') {
        uncaught = report.exit
        last = events.emit(
          'program.uncaught',
          path,
          { generation, pid, error: report.exit },
          { level: 'warn', because: startedEvent },
        )
      }
    })

    const questions = asking(path, order => link.send(order), clock)

    // ── 3. Its end
    const exited = new Promise<Exit>(resolve => {
      child.once('exit', (code, signal) => {
        killGroup(pid)
        questions.end()
        silence.cancel()
        becomes.cancel()
        const finish = () => {
          out.flush()
          link.close()
          for (const stream of launched.output) stream.destroy()
          const exit = exitOf({
            code,
            signal,
            byShell: command.byShell,
            asked,
            killed,
            tail: out.tail(),
            oomKilled: oomKills() > killsBefore,
            ...(uncaught === undefined ? {} : { uncaught }),
            ...(hung === undefined ? {} : { hung }),
          })
          const { what, signal: by, code: status } = exit
          const event = events.emit(
            'program.exited',
            path,
            {
              generation,
              pid,
              reason: exit.reason,
              aliveMs: Math.round(clock.now() - startedAt),
              tail: asked ? '' : out.tail(),
              ...(what === undefined ? {} : { what }),
              ...(by === undefined ? {} : { signal: by }),
              ...(status === undefined ? {} : { code: status }),
            },
            { level: exit.reason === 'error' ? 'warn' : 'info', ...cause(last) },
          )
          need.set({ usable: 'none', state: 'exited', causes: [], since: clock.wall() })
          resolve({ ...exit, event })
        }
        // What it wrote last is still in the pipe; a grandchild that escaped may hold the pipe open for ever.
        let done = false
        const once = () => {
          if (done) return
          done = true
          undo()
          finish()
        }
        const undo = clock.after(OUTPUT_AFTER_EXIT_MS, once)
        child.once('close', once)
      })
    })
    const need = settableNeed(path, { usable: 'full', state: 'running', causes: [], since: clock.wall() })
    const stop = () => {
      asked = true
      becomes.cancel()
      // A Node program drains first and then gets its SIGTERM from its own watchdog's side; another language gets it at once.
      if (greeted && command.node) link.send({ v: 1, is: 'drain', withinMs: drainMs })
      else signalGroup(pid, 'SIGTERM')
    }

    // ── 4. Ready, or not
    const first = await Promise.race([
      becomes.ready.then(by => ({ by })),
      exited.then(exit => ({ exit })),
      new Promise<'aborted'>(resolve => {
        if (life.signal.aborted) resolve('aborted')
        else life.signal.addEventListener('abort', () => resolve('aborted'), { once: true })
      }),
    ])
    if (first === 'aborted') {
      asked = true
      kill()
      await exited
      throw startFailed('late', { command, exit: undefined, tail: out.tail(), greeted, ports: heldKeys })
    }
    if ('exit' in first) throw startFailed('ended', { command, exit: first.exit, tail: out.tail(), greeted, ports: heldKeys })
    becomes.cancel()
    if (command.node && greeted) silence.begin()
    events.emit(
      'program.ready',
      path,
      { generation, pid, bootMs: Math.round(clock.now() - startedAt), by: first.by },
      cause(life.because),
    )
    if (life.signal.aborted) stop()
    else life.signal.addEventListener('abort', stop, { once: true })
    const { node } = command
    const handle: ProgramHandle = Object.freeze({
      pid,
      generation,
      node,
      rss: () => rss,
      tail: () => out.tail(),
      ask: questions.ask,
    })
    return { handle, exited, kill, need }
  }

  return Object.freeze({
    kind: 'program' as const,
    // Two lives can share a port that is held, however it came to be.
    get overlap() {
      return ports.list().length > 0
    },
    start,
  })
}

/** A founder's app reads PORT: it is told what was named, unless the configuration says otherwise. */
function portEnv(ports: Ports, env: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const tcp = ports.named ? ports.list().find(port => port.address.kind === 'tcp') : undefined
  return tcp?.address.kind === 'tcp' ? { PORT: String(tcp.address.port), ...env } : env
}

function killGroup(pid: number): boolean {
  return signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return true // Nobody of the group is left.
  }
}
