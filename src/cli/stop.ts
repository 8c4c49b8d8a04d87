// selfheal stop: stops the programs in reverse order, then selfheal itself; waits until it is gone. With names, those programs only: their
// ports stay held, and a stand-in answers on them.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { SelfhealError } from '../core/index.ts'
import { answer } from './answer.ts'
import { runningHere } from './place.ts'
import { actOnPrograms, listed } from './system-act.ts'

interface StopOptions {
  readonly json?: boolean
  readonly state?: string
  readonly why: string
}

const LOOK_MS = 50
const PATIENCE_MS = 120_000

export function stopCommand(): Command {
  return new Command('stop')
    .description('stop the programs, and selfheal with them; or only those named')
    .argument('[program...]', 'these: their ports stay held, and are answered with 503 (default: all, and selfheal)')
    .option('--why <text>', 'kept in the journal', 'asked on the command line')
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (programs: string[], options: StopOptions) => {
      if (programs.length > 0)
        return answer(
          options,
          async () => (await actOnPrograms('stop', programs, options)) as { stopped: string[] },
          ({ stopped }) =>
            `Stopped: ${listed(stopped) || 'nothing, they were stopped already'}. Start with: selfheal start ${programs.join(' ')}`,
        )
      await answer(
        options,
        async () => {
          const { client, parts, pid } = await runningHere(options)
          const system = parts.find(part => part.kind === 'system')!
          await client.act(system.path, 'stop', null, { by: process.env['USER'] ?? 'cli', why: options.why })
          for (const end = performance.now() + PATIENCE_MS; isAlive(pid); await sleep(LOOK_MS))
            if (performance.now() > end)
              throw new SelfhealError(
                'SELFHEAL_NOT_STOPPED',
                `selfheal (pid ${pid}) has not stopped within two minutes.`,
                `Look with: selfheal status. The last resort: kill -9 ${pid} ends it and its programs.`,
              )
          return { pid }
        },
        data => `Stopped (pid ${data.pid}).`,
      )
    })
}

/** One that has ended, and that its parent has not looked after yet, is gone for us. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^ Z/.test(stat.slice(stat.lastIndexOf(')') + 1))
  } catch (error) {
    // No such process; or alive, on a machine without /proc.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux'
  }
}
