// Who keeps the program running: our held port, PM2 in its two modes, and systemd's own socket activation. Each starts the same
// program on the given port and says how to end it.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { here, peer, root } from './peers.ts'
import { type Running, start } from './running.ts'

export interface Contender {
  readonly name: string
  /** Why it can't be run here. */
  absent?(): string | undefined
  start(port: number, log: string): Promise<{ said(): string; stop(): Promise<void> }>
}

const app = join(here, 'programs/app.mjs')
const bin = join(root, 'bin/selfheal.js')
const temporary = () => mkdtempSync(join(tmpdir(), 'selfheal-bench-'))
const removing = ({ said, stop }: Pick<Running, 'said' | 'stop'>, folder: string) => ({
  said,
  stop: async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  },
})

const heldPort: Contender = {
  name: 'selfheal, held port',
  async start(port, log) {
    const state = temporary()
    const words = [bin, 'run', '--port', `127.0.0.1:${port}`, '--', process.execPath, app]
    return removing(
      start(process.execPath, words, { PORT: `${port}`, ACCEPT_LOG: log, SELFHEAL_STATE: join(state, 'state') }, state),
      state,
    )
  },
}

const pm2 = (name: string, ...mode: readonly string[]): Contender => ({
  name,
  async start(port, log) {
    const home = temporary()
    const env = {
      ...process.env,
      PM2_HOME: home,
      PM2_DISABLE_VERSION_CHECK: 'true',
      PORT: `${port}`,
      ACCEPT_LOG: log,
      NODE_OPTIONS: '',
    }
    const ask = (...words: readonly string[]) =>
      spawnSync(process.execPath, [peer('pm2'), ...words], { env, encoding: 'utf8', cwd: home })
    const started = ask('start', app, '--name', 'app', ...mode)
    return {
      said: () => `${started.stdout}${started.stderr}`,
      stop: async () => {
        ask('kill')
        rmSync(home, { recursive: true, force: true })
      },
    }
  },
})

const lab = join(root, 'test/process/systemd-lab')
const systemd: Contender = {
  name: 'systemd, socket activation',
  absent() {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
    return existsSync('/lib/systemd/systemd') ? undefined : 'needs systemd: apt-get install -y systemd util-linux'
  },
  async start(port, log) {
    const units = temporary()
    mkdirSync(join(units, 'units'))
    const socket = ['[Socket]', `ListenStream=127.0.0.1:${port}`, 'Backlog=4096', 'FlushPending=no']
    const service = [
      '[Unit]',
      'StartLimitIntervalSec=0',
      '[Service]',
      `ExecStart=${process.execPath} ${app}`,
      `Environment=SOCKET_ACTIVATED=1 ACCEPT_LOG=${log}`,
      'Restart=always',
      `StandardError=append:${join(units, 'errors')}`,
    ]
    writeFileSync(join(units, 'units/bench.socket'), `${socket.join('\n')}\n`)
    writeFileSync(join(units, 'units/bench.service'), `${service.join('\n')}\n`)
    const inside = 'systemctl --user start bench.socket && cat; systemctl --user stop bench.socket bench.service'
    const running = start(lab, [join(units, 'units'), 'sh', '-c', inside], {})
    const stop = async () => {
      running.child.stdin!.end()
      const late = setTimeout(() => void running.stop(), 20_000)
      if (running.child.exitCode === null) await new Promise(resolve => running.child.once('exit', resolve))
      clearTimeout(late)
    }
    return removing({ said: running.said, stop }, units)
  },
}

export const contenders: readonly Contender[] = [heldPort, pm2('PM2, fork'), pm2('PM2, cluster × 2', '-i', '2'), systemd]

export function pm2Version(): string {
  return execFileSync(process.execPath, ['-p', `require(${JSON.stringify(join(peer('pm2'), '../../package.json'))}).version`], {
    encoding: 'utf8',
  }).trim()
}
