// PM2: its daemon, with a home of its own so that it meets no other.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../contenders.ts'
import { peer } from '../peers.ts'
import { app, command, temporary } from './place.ts'

export function pm2(name: string, ...mode: readonly string[]): Contender {
  return {
    name,
    async start(port, log) {
      const { folder, gone } = temporary()
      const own = { PM2_HOME: folder, PM2_DISABLE_VERSION_CHECK: 'true', PORT: `${port}`, ACCEPT_LOG: log, NODE_OPTIONS: '' }
      const ask = (...words: readonly string[]) => command([peer('pm2'), ...words], folder, { ...process.env, ...own })
      const started = await ask('start', app, '--name', 'app', ...mode)
      const logs = () => readdirSync(join(folder, 'logs')).map(file => readFileSync(join(folder, 'logs', file), 'utf8'))
      return {
        said: () => started.out,
        reload: async () => (await ask('reload', 'app')).done,
        keepers: () => [Number(readFileSync(join(folder, 'pm2.pid'), 'utf8'))],
        record: async () => `${readFileSync(join(folder, 'pm2.log'), 'utf8')}${logs().join('')}`,
        async stop() {
          await ask('kill')
          gone()
        },
      }
    },
  }
}

export function pm2Version(): string {
  return execFileSync(process.execPath, ['-p', `require(${JSON.stringify(join(peer('pm2'), '../../package.json'))}).version`], {
    encoding: 'utf8',
  }).trim()
}
