// Program: an OS process as a component. One start = one life: spawned on the held ports, watched over its link until it is ready, then
// until nothing of it is left. It restarts nothing and counts nothing: the supervisor's rule does.
import { createEvents, durationMs, settableNeed, sizeBytes, systemClock } from '../core/index.ts'
import type { Child, Component, Exit, Life } from '../supervisor/index.ts'
import { asking } from './asking.ts'
import { readCommand } from './command.ts'
import { courseOf, type Hung } from './course.ts'
import { gone, signalGroup } from './gone.ts'
import { launch } from './launch.ts'
import { openLink, type Report } from './link.ts'
import { memoryLimit } from './memory.ts'
import type { ProgramHandle, ProgramOptions } from './options.ts'
import { readOutput } from './output.ts'
import type { Ports } from './ports.ts'
import { readiness } from './readiness.ts'
import { relayed } from './relayed.ts'
import { watchSilence } from './silence.ts'
import { refuseTaken, startFailed } from './start-failed.ts'
import { watchVitals } from './vitals.ts'

/** What one that is stopped before it was ready has to end in: less than its supervisor waits for it. */
const ABORTED_MS = 800

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
  const limit = memoryLimit(sizeBytes(options.memory))

  async function start(life: Life): Promise<Child<ProgramHandle>> {
    // ── 1. Spawn
    const { generation, path } = life
    const command = readCommand(options.command, cwd)
    const told = { hangMs, path, generation, ...(options.folder === undefined ? {} : { folder: options.folder }) }
    const launched = await launch({ command, cwd, env: portEnv(ports, options.env), ports, told })
    const { pid } = launched
    const course = courseOf(life, pid, events, clock)
    const out = readOutput(launched.output, mark(generation), sink)
    let greeted = false
    let taken: string | undefined
    const kill = () => {
      course.killed = true
      return signalGroup(pid, 'SIGKILL')
    }

    // ── 2. Listen to it
    const heldKeys = ports.list().map(port => port.key)
    const becomes = readiness(options.ready, command.node, heldKeys, clock)
    const hang = (told: Hung) => course.hung(told) && kill()
    const silence = watchSilence(clock, hangMs, forMs => hang({ forMs, stack: null, stopped: true }))
    const link = openLink(launched.link, (report: Report) => {
      silence.heard()
      if (report.is === 'hello') greeted = true
      else if (report.is === 'ready') becomes.said()
      else if (report.is === 'beat') vitals.beat(report)
      else if (report.is === 'hung') {
        const { forMs, stack, route, inKernel } = report
        hang({
          forMs,
          stack,
          stopped: false,
          ...(route === undefined ? {} : { route }),
          ...(inKernel === undefined ? {} : { inKernel }),
        })
      } else if (report.is === 'reply') questions.replied(report.to, report.data)
      else if (report.is === 'event') {
        const event = relayed(report.event, path)
        if (event !== undefined) events.relay(event)
      } else if (report.is === 'taken') taken = report.port
      else if (report.is === 'listening') {
        taken = undefined
        if (ports.named && report.held !== true)
          events.emit('program.listens_elsewhere', path, { generation, port: report.port, held: heldKeys }, { level: 'warn' })
        becomes.listening(report.port, report.held === true)
      } else if (report.is === 'retiring') course.retiring(report.exit)
    })
    const vitals = watchVitals(pid, command.node, limit, clock, over => course.memoryOver(over))
    const questions = asking(path, order => link.send(order), clock)

    // ── 3. Its end
    const need = settableNeed(path, { usable: 'full', state: 'running', causes: [], since: clock.wall() })
    const ended = gone(launched.process, clock, () => {
      questions.end()
      vitals.cancel()
      silence.cancel()
      becomes.cancel()
    })
    const exited = ended.then((how): Exit => {
      out.flush()
      link.close()
      for (const stream of launched.output) stream.destroy()
      const exit = course.exited(how, command.byShell, out.tail())
      need.set({ usable: 'none', state: 'exited', causes: [], since: clock.wall() })
      return exit
    })
    const stop = () => {
      course.asked = true
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
      // It may serve already, unheard of: it may finish that.
      stop()
      const late = clock.after(ABORTED_MS, kill)
      await exited
      late()
      throw startFailed('late', { command, exit: undefined, tail: out.tail(), greeted, ports: heldKeys })
    }
    if ('exit' in first) {
      await refuseTaken(taken)
      throw startFailed('ended', { command, exit: first.exit, tail: out.tail(), greeted, ports: heldKeys })
    }
    becomes.cancel()
    if (command.node && greeted) {
      silence.begin()
      link.send({ v: 1, is: 'go' })
    }
    events.emit(
      'program.ready',
      path,
      { generation, pid, bootMs: Math.round(clock.now() - course.startedAt), by: first.by },
      life.because === undefined ? {} : { because: life.because },
    )
    if (life.signal.aborted) stop()
    else life.signal.addEventListener('abort', stop, { once: true })
    const { node } = command
    const handle: ProgramHandle = Object.freeze({
      pid,
      generation,
      node,
      rss: () => vitals.read().rss,
      vitals: vitals.read,
      tail: () => out.tail(),
      ask: questions.ask,
    })
    return { handle, retired: course.retired, exited, kill, need }
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
