// Program: an OS process as a component. One start = one life: spawned on the held ports, watched over its link until it is ready, then
// until nothing of it is left. It restarts nothing and counts nothing: the supervisor's rule does.
import { createEvents, durationMs, settableNeed, sizeBytes, systemClock } from '../core/index.ts'
import type { Child, Exit, Life } from '../supervisor/index.ts'
import { asking } from './asking.ts'
import { boot, madeOf } from './boot.ts'
import { courseOf, type Hung } from './course.ts'
import { watchElsewhere } from './elsewhere.ts'
import { freshProcess } from './fresh.ts'
import { gone, signalGroup } from './gone.ts'
import type { Report } from './link.ts'
import { memoryLimit } from './memory.ts'
import type { Program, ProgramHandle, ProgramOptions } from './options.ts'
import { poisonRoutes } from './poison.ts'
import { readiness } from './readiness.ts'
import { refusedPort } from './refused-port.ts'
import { relayed } from './relayed.ts'
import { watchSilence } from './silence.ts'
import { spares } from './spare.ts'
import { refuseTaken, sayTaken, startFailed } from './start-failed.ts'
import { watchVitals } from './vitals.ts'

/** What one that is stopped before it was ready has to end in: less than its supervisor waits for it. */
const ABORTED_MS = 800
/** Its socket and its word of it come two ways. */
const HAND_UP_MS = 1_000

/** One fewer than the restarts in a minute that make a crash loop. */
const LIVES_A_ROUTE = 4

/** Options, or what makes them anew at each start; ports, clock, events and output stay what they were at first. */
export function program(given: ProgramOptions | (() => ProgramOptions)): Program {
  const read = typeof given === 'function' ? given : () => given
  const { ports, clock = systemClock, events = createEvents() } = read()
  const poison = poisonRoutes(() => read().throws ?? LIVES_A_ROUTE, clock)
  /** Lives that take work now. */
  const serving = new Set<number>()
  let newest = 0
  let path = ''
  const tell = (options: ProgramOptions, generation: number) => ({
    hangMs: durationMs(options.hang ?? '5s') ?? 5_000,
    path,
    generation,
    ...(ports.list().length > 0 ? {} : { settles: durationMs(options.startWithin ?? '30s') ?? 30_000 }),
    ...(options.folder === undefined ? {} : { folder: options.folder }),
  })
  const spare = spares({
    clock,
    wanted: () => read().spare === true && ports.list().length > 0,
    madeOf: () => madeOf(read()),
    start: () => boot(read(), { ...tell(read(), newest + 1), spare: true }),
    parked: ({ pid }) => void events.emit('program.spare_ready', path, { pid }),
    lost: why => void events.emit('program.spare_lost', path, { why }, { level: 'warn' }),
  })

  async function start(life: Life): Promise<Child<ProgramHandle>> {
    // ── 1. A process: the spare, or a new one
    const options = read()
    const { generation } = life
    path = life.path
    const told = tell(options, generation)
    const drainMs = durationMs(options.drain ?? '7s') ?? 7_000
    // One that comes while another serves is a reload: it must be of now.
    const one = (serving.size > 0 ? undefined : spare.take(generation)) ?? (await boot(options, told))
    const { pid, command, link, out, keys: heldKeys } = one
    const course = courseOf(life, pid, events, clock)
    const left = Promise.withResolvers<void>()
    const threw = new Set<string>()
    const kill = () => {
      course.killed = true
      return signalGroup(pid, 'SIGKILL')
    }

    // ── 2. Listen to it
    const becomes = readiness({
      when: options.ready,
      node: command.node,
      byShell: command.byShell,
      heldKeys,
      startWithinMs: durationMs(options.startWithin ?? '30s'),
      clock,
    })
    const moved = Promise.withResolvers<'moved'>()
    const elsewhere = watchElsewhere(clock, becomes.missing, (port, says) => {
      events.emit('program.listens_elsewhere', path, { generation, port, held: heldKeys, says }, { level: 'warn' })
      // Beside one that serves on there is nothing to wait for; else its callers wait, and it may come to it.
      if (serving.size > 0 && becomes.missing().length === heldKeys.length) moved.resolve('moved')
    })
    const refused = refusedPort(clock, key => {
      events.emit('program.port_refused', path, { generation, port: key, says: sayTaken(key) }, { level: 'warn' })
    })
    const hang = (told: Hung) => course.hung(told) && kill()
    const silence = watchSilence(clock, told.hangMs, forMs => hang({ forMs, stack: null, stopped: true }))
    const vitals = watchVitals(pid, command.node, memoryLimit(sizeBytes(options.memory)), clock, over => course.memoryOver(over))
    const questions = asking(path, order => link.send(order), clock)
    one.hear((report: Report) => {
      silence.heard()
      if (report.is === 'ready') becomes.said()
      else if (report.is === 'hello') becomes.greeted()
      // What an instance beside it listens on, it will too.
      else if (report.is === 'settled') ports.list().length === 0 && becomes.settled()
      else if (report.is === 'left') left.resolve()
      else if (report.is === 'unfinished') course.unfinished = { refused: report.refused, broken: report.broken }
      else if (report.is === 'beat') vitals.beat(report)
      else if (report.is === 'hung') {
        const { v: _, is: __, ...told } = report
        hang({ ...told, stopped: false })
      } else if (report.is === 'blocked') {
        const { forMs, stack, route } = report
        course.blocked({ forMs, stack, ...(route === undefined ? {} : { route }) })
      } else if (report.is === 'reply') questions.replied(report.to, report.data)
      else if (report.is === 'event') {
        const event = relayed(report.event, path)
        if (event !== undefined) events.relay(event)
      } else if (report.is === 'taken') refused.refused(report.port)
      else if (report.is === 'listening') {
        refused.listening()
        if (heldKeys.length > 0 && ports.named && report.held !== true)
          events.emit('program.listens_elsewhere', path, { generation, port: report.port, held: heldKeys }, { level: 'warn' })
        // Its socket comes another way: the next life must find it held.
        if (report.held === true && !ports.list().some(port => port.key === report.port))
          void ports.whenHeld(report.port, HAND_UP_MS).then(() => becomes.listening(report.port, true))
        else becomes.listening(report.port, report.held === true)
        if (!ports.named) elsewhere.listening(report.port, report.held === true)
      } else if (report.is === 'retiring') {
        const { drains, route } = (report.exit ?? {}) as { drains?: boolean; route?: string }
        // A life counts once for a route, however many requests were on it.
        if (drains === true && route !== undefined && !threw.has(route)) poison.threw(route)
        if (drains === true && route !== undefined) threw.add(route)
        course.retiring(report.exit)
        if (course.drains) serving.delete(generation)
      }
    })

    // ── 3. Its end
    const need = settableNeed(path, { usable: 'full', state: 'running', causes: [], since: clock.wall() })
    const ended = gone(one.process, clock, () => {
      questions.end()
      vitals.cancel()
      silence.cancel()
      becomes.cancel()
      elsewhere.cancel()
      refused.cancel()
      serving.delete(generation)
      left.resolve()
    })
    const exited = ended.then(async (how): Promise<Exit> => {
      out.flush()
      one.close()
      const exit = course.exited(how, command.byShell, out.tail())
      need.set({ usable: 'none', state: 'exited', causes: [], since: clock.wall() })
      // Stopped for good: its spare goes with it.
      if (course.asked && newest === generation) await spare.close()
      return exit
    })
    const stop = () => {
      course.asked = true
      becomes.cancel()
      // A Node program drains first and then gets its SIGTERM from its own watchdog's side; another language gets it at once.
      if (one.greeted && command.node)
        link.send({
          v: 1,
          is: 'drain',
          withinMs: drainMs,
          linger: options.hasSuccessor === true || newest > generation || course.drains,
        })
      else signalGroup(pid, 'SIGTERM')
    }

    // ── 4. Ready, or not
    const first = await Promise.race([
      becomes.ready.then(by => ({ by })),
      exited.then(exit => ({ exit })),
      moved.promise,
      new Promise<'aborted'>(resolve => {
        if (life.signal.aborted) resolve('aborted')
        else life.signal.addEventListener('abort', () => resolve('aborted'), { once: true })
      }),
    ])
    if (first === 'aborted' || first === 'moved') {
      // It may serve already, unheard of: it may finish that.
      stop()
      const late = clock.after(ABORTED_MS, kill)
      await exited
      late()
      throw startFailed('late', {
        command,
        exit: undefined,
        tail: out.tail(),
        greeted: one.greeted,
        ports: becomes.missing(),
        elsewhere: elsewhere.says(),
      })
    }
    if ('exit' in first) {
      await refuseTaken(refused.key)
      throw startFailed('ended', { command, exit: first.exit, tail: out.tail(), greeted: one.greeted, ports: becomes.missing() })
    }
    becomes.cancel()
    vitals.ready()
    if (command.node && one.greeted) {
      silence.begin()
      link.send({ v: 1, is: 'go', poison: poison.list() })
    }
    newest = generation
    serving.add(generation)
    spare.renew()
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
      left: left.promise,
      ask: questions.ask,
      // A program without a port would begin its work; one of another language can't be asked.
      ...(node && heldKeys.length > 0
        ? { fresh: () => freshProcess(path, () => boot({ ...read(), output: () => {} }, { ...told, spare: true }), clock) }
        : {}),
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
    release: spare.close,
    get sparePid() {
      return spare.pid
    },
  })
}
