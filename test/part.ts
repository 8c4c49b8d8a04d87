// `test('…', needs('chromium'), …)`: a test that needs a part this machine may not have. Absent: the test is skipped by name, with the
// line that installs the part; with CI=true it is an error, because there every part must be present.
import { accessSync, constants, existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { delimiter, join } from 'node:path'

const parts = {
  chromium: { present: () => onPath('chromium', 'chromium-browser', 'google-chrome'), install: 'apt-get install -y chromium' },
  python3: { present: () => onPath('python3'), install: 'apt-get install -y python3' },
  gcc: { present: () => onPath('gcc'), install: 'apt-get install -y gcc libc6-dev' },
  redis: { present: () => onPath('redis-server'), install: 'apt-get install -y redis-server' },
  mariadb: { present: () => onPath('mariadbd'), install: 'apt-get install -y mariadb-server' },
  pgbouncer: { present: () => onPath('pgbouncer'), install: 'apt-get install -y pgbouncer' },
  nats: { present: () => onPath('nats-server'), install: 'apt-get install -y nats-server' },
  zsh: { present: () => onPath('zsh'), install: 'apt-get install -y zsh' },
  fish: { present: () => onPath('fish'), install: 'apt-get install -y fish' },
  systemd: { present: () => existsSync('/lib/systemd/systemd'), install: 'apt-get install -y systemd util-linux' },
  // Not things to install: never an error.
  root: { present: () => process.getuid?.() === 0, install: undefined },
  ipv6: {
    present: () => Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1')),
    install: undefined,
  },
  linux: { present: () => process.platform === 'linux', install: undefined },
} as const

export type Part = keyof typeof parts

/** Options for `test()`: empty, or a skip that says what is absent and how to get it. Throws instead when CI=true. */
export function needs(...names: readonly Part[]): { skip?: string } {
  const absent = names.filter(name => !parts[name].present())
  if (absent.length === 0) return {}
  const says = absent
    .map(name => `needs ${name}${parts[name].install === undefined ? '' : `: ${parts[name].install}`}`)
    .join('; ')
  if (process.env['CI'] === 'true' && absent.every(name => parts[name].install !== undefined)) throw new Error(says)
  return { skip: says }
}

function onPath(...programs: readonly string[]): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => programs.some(program => executable(join(folder, program))))
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
