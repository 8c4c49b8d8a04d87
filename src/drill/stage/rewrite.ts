// The programs of a configuration, as a copy runs them: on ports of their own, told of each other's new ports, and with a proxy in each
// connection that was named. Pure.
import type { ProgramConfig } from '../../control/index.ts'
import type { Address } from '../proxy/proxy.ts'

export type Programs = Readonly<Record<string, ProgramConfig>>

const LOCAL = '(?:localhost|127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::1?\\])'
const PORT_OF: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'postgres:': 5_432,
  'postgresql:': 5_432,
  'mysql:': 3_306,
  'redis:': 6_379,
  'amqp:': 5_672,
  'nats:': 4_222,
}

/** The ports that are held for them, as numbers. */
export function portsOf(programs: Programs): readonly number[] {
  return [...new Set(Object.values(programs).flatMap(one => (one.ports ?? []).flatMap(port => numberOf(port) ?? [])))]
}

/** Each port for the one that `to` gives, wherever it is named: under ports, in addresses of this machine, in variables called …PORT. */
export function onPorts(programs: Programs, to: ReadonlyMap<number, number>): Programs {
  const inText = (text: string) =>
    [...to]
      .reduce((said, [from, port]) => said.replace(new RegExp(`(${LOCAL}:)${from}(?!\\d)`, 'g'), `$1§${port}`), text)
      .replaceAll('§', '')
  const inValue = (name: string, value: string) => {
    const port = /port$/i.test(name) ? to.get(Number(value)) : undefined
    return port === undefined ? inText(value) : String(port)
  }
  return mapPrograms(programs, one => {
    const ports = one.ports?.map(port => {
      const number = numberOf(port)
      const own = number === undefined ? undefined : to.get(number)
      return own === undefined ? port : typeof port === 'number' ? own : port.replace(/\d+$/, String(own))
    })
    const first = numberOf(ports?.[0])
    const env = Object.fromEntries(Object.entries(one.env ?? {}).map(([name, value]) => [name, inValue(name, value)]))
    return {
      ...one,
      run: inText(one.run),
      ...(ports === undefined ? {} : { ports }),
      env: { ...(first === undefined ? {} : { PORT: String(first) }), ...env },
    }
  })
}

/** Where an address leads: 'postgres://me:secret@db.example:5433/shop', 'cache:6379', or a port of this machine. undefined: it is none. */
export function addressOf(url: string): Address | undefined {
  if (/^\d{1,5}$/.test(url)) return { host: '127.0.0.1', port: Number(url) }
  const bare = /^([\w.-]+):(\d+)$/.exec(url)
  if (bare !== null) return { host: bare[1]!, port: Number(bare[2]) }
  try {
    const { protocol, hostname, port } = new URL(url)
    const number = Number(port || (PORT_OF[protocol] ?? Number.NaN))
    const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '')
    return host === '' || !Number.isInteger(number) ? undefined : { host, port: number }
  } catch {
    return undefined
  }
}

/** The same address, by another way: user, password and path stay. */
export function readdressed(url: string, { host, port }: Address): string {
  if (/^\d+$/.test(url)) return String(port)
  const parts = /^([a-z][\w+.-]*:\/\/(?:[^@/]*@)?)([^/?#]*)(.*)$/i.exec(url)
  return parts === null ? `${host}:${port}` : `${parts[1]}${host}:${port}${parts[3]}`
}

export function withEnv(programs: Programs, id: string, env: Readonly<Record<string, string>>): Programs {
  return mapPrograms(programs, (one, name) => (name === id ? { ...one, env: { ...one.env, ...env } } : one))
}

export function mapPrograms(programs: Programs, change: (one: ProgramConfig, id: string) => ProgramConfig): Programs {
  return Object.fromEntries(Object.entries(programs).map(([id, one]) => [id, change(one, id)]))
}

function numberOf(port: string | number | undefined): number | undefined {
  const number = typeof port === 'number' ? port : Number(/(?:^|:)(\d+)$/.exec(port ?? '')?.[1])
  return Number.isInteger(number) ? number : undefined
}
