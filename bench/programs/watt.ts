// Platformatic's Watt: the program is a worker thread of its process. New code comes by its rolling restart.
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../contenders.ts'
import { here, peer } from '../peers.ts'
import { start } from '../running.ts'
import { app, command, temporary } from './place.ts'

export const watt: Contender = {
  name: 'Watt',
  oneProcess: true,
  async start(port, log) {
    const cli = peer('wattpm')
    const { folder, gone } = temporary()
    const name = `bench-${port}`
    const server = { hostname: '127.0.0.1', port: '{PORT}' }
    const config = {
      $schema: 'https://schemas.platformatic.dev/@platformatic/node/3.65.0.json',
      node: { main: 'app.mjs' },
      runtime: { server },
    }
    copyFileSync(app, join(folder, 'app.mjs'))
    symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }))
    writeFileSync(join(folder, 'watt.json'), JSON.stringify(config))
    const env = { PORT: `${port}`, ACCEPT_LOG: log }
    const running = start(process.execPath, [cli, 'start'], env, folder)
    return {
      said: running.said,
      reload: async () => (await command([cli, 'restart', name], folder, { ...process.env, ...env })).done,
      keepers: () => [running.child.pid!],
      record: async () => running.said(),
      async stop() {
        if (running.child.exitCode === null && running.child.signalCode === null) await running.stop()
        gone()
      },
    }
  },
}

export function wattVersion(): string {
  return JSON.parse(readFileSync(join(peer('wattpm'), '../../package.json'), 'utf8')).version
}
