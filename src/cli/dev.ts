// selfheal dev: as run, and every change of a file is a reload. A broken edit is refused with what the new one said last, and the one before
// it goes on; a crash loop is over with the next edit.
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Running } from '../system/index.ts'
import { fail } from './answer.ts'
import { runHere } from './run.ts'
import { type RunFlags, withRunOptions } from './run-flags.ts'
import { watchPaths } from './watch.ts'

interface DevFlags extends RunFlags {
  readonly watch: readonly string[]
}

const BUSY = new Set(['SELFHEAL_RELOADING', 'SELFHEAL_CHILD_RESTARTING', 'SELFHEAL_CHILD_REPLACING'])
const AGAIN_MS = 200

export function devCommand(version: string): Command {
  const dev = new Command('dev')
    .description('as run, for development: a change of a file is a reload, a broken one is refused')
    .argument('[command...]', 'the command and its arguments')
  return withRunOptions(dev)
    .option(
      '--watch <path>',
      'a folder or file; repeatable (default: this folder, but node_modules, dist and what begins with a dot)',
      (value, all: readonly string[]) => [...all, value],
      [] as readonly string[],
    )
    .passThroughOptions()
    .action(async (command: string[], flags: DevFlags) => {
      try {
        const quick = { grace: '2s', drain: '1s', ...flags } as const
        await runHere(command, quick, version, (running, home, say) => reloadOnChange(running, home, flags.watch, say))
      } catch (error) {
        fail(error)
      }
    })
}

function reloadOnChange(running: Running, home: string, watch: readonly string[], say: (line: string) => void): void {
  let again: NodeJS.Timeout | undefined
  const reload = async (): Promise<void> => {
    clearTimeout(again)
    try {
      await running.reload()
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string }
      // One under way: its program is of before this change, perhaps.
      if (BUSY.has(code ?? '')) again = setTimeout(() => void reload(), AGAIN_MS)
      // A refusal is told as it happens.
      else if (code !== 'SELFHEAL_RELOAD_REFUSED') say(String(message))
    }
  }
  const paths = watch.length > 0 ? watch.map(path => resolve(path)) : [home]
  const watching = watchPaths(paths, file => {
    say(`${file} changed`)
    void reload()
  })
  say(`watching ${watching.folders} ${watching.folders === 1 ? 'folder' : 'folders'} of ${paths.join(', ')}`)
  void running.stopped.then(() => {
    clearTimeout(again)
    watching.close()
  })
}
