// Our own: `selfheal run` with the port named, as it is published.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Contender } from '../contenders.ts'
import { published } from '../published.ts'
import { start } from '../running.ts'
import { app, command, temporary } from './place.ts'

const LONE = ['--backoff', '0', '--intensity', '1000']

export function selfheal(name: string, ...flags: readonly string[]): Contender {
  return {
    name,
    async start(port, log, lone = false) {
      const bin = published()
      const { folder, gone } = temporary()
      const env = { PORT: `${port}`, ACCEPT_LOG: log, SELFHEAL_STATE: join(folder, 'state') }
      const spare = flags.includes('--spare')
      const options = [...flags, ...(spare ? ['--json'] : []), ...(lone ? LONE : []), '--port', `127.0.0.1:${port}`]
      const running = start(process.execPath, [bin, 'run', ...options, '--', process.execPath, app], env, folder)
      let sparedAt = 0
      if (spare)
        running.child.stdout!.on('data', data => `${data}`.includes('program.spare_ready') && (sparedAt = performance.now()))
      const ask = (...words: readonly string[]) => command([bin, ...words], folder, { ...process.env, ...env })
      return {
        said: running.said,
        reload: async () => (await ask('reload')).done,
        keepers: () => [running.child.pid!],
        async spared(since) {
          const until = performance.now() + 30_000
          while (spare && sparedAt <= since && performance.now() < until) await wait(50)
        },
        record: async () => (await ask('journal', '--json', '--name', 'program.hung')).out,
        async stop() {
          await running.stop()
          gone()
        },
      }
    },
  }
}
