// A process that was started, before it is anybody's life: its reports wait, its words are kept. A spare stays one until it is taken.
import type { ChildProcess } from 'node:child_process'
import { type Command, readCommand } from './command.ts'
import { readDotEnv, type Told } from './environment.ts'
import { launch } from './launch.ts'
import { type Link, openLink, type Report } from './link.ts'
import type { ProgramOptions } from './options.ts'
import { type Output, readOutput } from './output.ts'
import type { Ports } from './ports.ts'

export interface Boot {
  readonly command: Command
  readonly process: ChildProcess
  readonly pid: number
  readonly link: Link
  readonly out: Output
  /** What it was given, in the order of the descriptors. */
  readonly keys: readonly string[]
  /** Its watchdog has spoken. */
  readonly greeted: boolean
  /** It is to be the life of that generation. */
  become(generation: number): void
  /** Gives on what waits, and from then on what comes. The last one given hears. */
  hear(fn: (report: Report) => void): void
  /** Nothing of it is heard any more. */
  close(): void
}

export async function boot(options: ProgramOptions, told: Omit<Told, 'exact'>): Promise<Boot> {
  const { ports, cwd = process.cwd(), output = () => {}, mark = () => '' } = options
  const command = readCommand(options.command, cwd)
  const keys = ports.list().map(port => port.key)
  const launched = await launch({ command, cwd, env: portEnv(ports, options.env), ports, told })
  let { generation } = told
  let greeted = false
  let waiting: Report[] | undefined = []
  let heard = (report: Report): void => {
    waiting?.push(report)
  }
  const link = openLink(launched.link, report => {
    if (report.is === 'hello') greeted = true
    heard(report)
  })
  const { process: child, pid } = launched
  return {
    command,
    process: child,
    pid,
    link,
    keys,
    out: readOutput(launched.output, () => mark(generation), output),
    become: (life: number) => void (generation = life),
    get greeted() {
      return greeted
    },
    hear(fn) {
      heard = fn
      for (const report of waiting ?? []) fn(report)
      waiting = undefined
    },
    close() {
      link.close()
      for (const stream of launched.output) stream.destroy()
    },
  }
}

/** What a process was made of: when it is another, one that was booted before is stale. */
export function madeOf({ command, cwd = process.cwd(), env }: ProgramOptions): string {
  return JSON.stringify([command, cwd, env, readDotEnv(cwd)])
}

/** A founder's app reads PORT: it is told what was named, unless the configuration says otherwise. */
function portEnv(ports: Ports, env: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const tcp = ports.named ? ports.list().find(port => port.address.kind === 'tcp') : undefined
  return tcp?.address.kind === 'tcp' ? { PORT: String(tcp.address.port), ...env } : env
}
