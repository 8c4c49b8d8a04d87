// systemd by itself: a socket unit and a service that has the socket as fd 3, in a user manager of its own. New code comes by a restart.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../contenders.ts'
import { childrenOf } from '../kernel.ts'
import { root } from '../peers.ts'
import { type Running, start } from '../running.ts'
import { app, temporary } from './place.ts'

const lab = join(root, 'test/process/systemd-lab')

export const systemd: Contender = {
  name: 'systemd, socket activation',
  absent() {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
    return existsSync('/lib/systemd/systemd') ? undefined : 'needs systemd: apt-get install -y systemd util-linux'
  },
  async start(port, log) {
    const { folder, gone } = temporary()
    const [units, errors] = [join(folder, 'units'), join(folder, 'errors')]
    mkdirSync(units)
    const socket = ['[Socket]', `ListenStream=127.0.0.1:${port}`, 'Backlog=4096', 'FlushPending=no']
    const service = [
      '[Unit]',
      'StartLimitIntervalSec=0',
      '[Service]',
      `ExecStart=${process.execPath} ${app}`,
      `Environment=SOCKET_ACTIVATED=1 ACCEPT_LOG=${log}`,
      'Restart=always',
      `StandardError=append:${errors}`,
    ]
    writeFileSync(join(units, 'bench.socket'), `${socket.join('\n')}\n`)
    writeFileSync(join(units, 'bench.service'), `${service.join('\n')}\n`)
    // Whatever is to be done in there is a line on its input; the end of that is the end of all.
    const lines = 'while read -r line; do $line; echo "told $?"; done'
    const inside = `systemctl --user start bench.socket && ${lines}; systemctl --user stop bench.socket bench.service`
    const running = start(lab, [units, 'sh', '-c', inside], {})
    return {
      said: running.said,
      reload: () => told(running, 'systemctl --user restart bench.service'),
      keepers: () => childrenOf(running.child.pid!, 'systemd'),
      record: async () => readFileSync(errors, 'utf8'),
      async stop() {
        running.child.stdin!.end()
        const late = setTimeout(() => void running.stop(), 20_000)
        if (running.child.exitCode === null) await new Promise(resolve => running.child.once('exit', resolve))
        clearTimeout(late)
        gone()
      },
    }
  },
}

function told({ child }: Running, line: string): Promise<boolean> {
  return new Promise(resolve => {
    child.stdout!.on('data', function hear(data: Buffer) {
      const status = /told (\d+)/.exec(`${data}`)?.[1]
      if (status === undefined) return
      child.stdout!.off('data', hear)
      resolve(status === '0')
    })
    child.stdin!.write(`${line}\n`)
  })
}
