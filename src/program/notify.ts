// sd_notify: tells a service manager how we are. Node has no unix datagrams, so it goes through systemd's own systemd-notify program, one
// at a time; what is said while one runs is joined into the next. Must never hold or harm the supervisor.
import { spawn } from 'node:child_process'

export interface Notifier {
  /** 'READY=1', 'STATUS=…'. Of one name, the last one counts. */
  say(...assignments: readonly string[]): void
  /** How often it wants to hear from us, at least; undefined: it does not. */
  readonly watchdogMs: number | undefined
  /** What was said has been told, or can't be. */
  drained(): Promise<void>
}

const PATIENCE_MS = 10_000

/** undefined: no service manager listens. Takes its variables out of the environment. `failed` is told once. */
export function notifier(env: NodeJS.ProcessEnv, pid: number, failed: (why: string) => void): Notifier | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec, WATCHDOG_PID: watched, PATH } = env
  for (const key of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[key]
  if (socket === undefined || socket === '') return undefined
  const watchdogMs = usec !== undefined && (watched === undefined || watched === String(pid)) ? Number(usec) / 1_000 : undefined
  let waiting = new Map<string, string>()
  let running = false
  let told = false
  const idle: (() => void)[] = []

  const next = () => {
    running = waiting.size > 0
    if (!running) {
      for (const one of idle.splice(0)) one()
      return
    }
    const assignments = [...waiting].map(([name, value]) => `${name}=${value}`)
    waiting = new Map()
    const child = spawn('systemd-notify', assignments, {
      stdio: 'ignore',
      env: { NOTIFY_SOCKET: socket, PATH: PATH ?? '/usr/bin:/bin' },
      timeout: PATIENCE_MS,
    })
    let over = false
    const done = (why?: string) => {
      if (over) return
      over = true
      if (why !== undefined && !told) failed(why)
      told ||= why !== undefined
      next()
    }
    child.on('error', error => done(error.message))
    child.on('exit', code => done(code === 0 ? undefined : `systemd-notify ended with ${code}`))
  }
  return Object.freeze({
    say(...assignments: readonly string[]) {
      for (const assignment of assignments) {
        const at = assignment.indexOf('=')
        waiting.set(assignment.slice(0, at), assignment.slice(at + 1))
      }
      if (!running) next()
    },
    watchdogMs: watchdogMs !== undefined && watchdogMs > 0 ? watchdogMs : undefined,
    drained: () => (running ? new Promise<void>(resolve => idle.push(resolve)) : Promise.resolve()),
  })
}
