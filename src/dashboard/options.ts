// What a dashboard may be told, checked together. Beyond loopback it is not begun without a token: whoever reaches it can stop the app.
import { ConfigError, type Fault } from '../core/index.ts'
import { isLoopback } from './rule.ts'

export interface DashboardOptions {
  /** The state folder of the selfheal that is looked at; it need not run yet. */
  readonly folder: string
  /** What it binds. Default 127.0.0.1. Beyond loopback `token` is required. */
  readonly host?: string
  /** Default 4040; 0: any that is free. */
  readonly port?: number
  /** When the port is taken, the next that is free, of twenty. Default false. */
  readonly orNext?: boolean
  /** What a person must know to be let in; at least 16 characters. Default none. */
  readonly token?: string
  /** Names by which it is reached beside addresses and localhost: any other Host is refused. Default none. */
  readonly names?: readonly string[]
  /** Starts a drill by name, in a process of its own; rejects with why it can't. Default: drills can be read, not begun. */
  readonly drill?: (name: string) => Promise<{ readonly pid: number }>
  /** The drills there are to begin. Default none. */
  readonly drills?: () => Promise<readonly { readonly name: string; readonly says: string }[]>
}

export const DEFAULT_PORT = 4040
const TOKEN_LENGTH = 16

/** Throws ConfigError, with every fault. */
export function checked(options: DashboardOptions) {
  const { host = '127.0.0.1', port = DEFAULT_PORT, orNext = false, token, names = [] } = options
  const faults: Fault[] = []
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    faults.push({ at: 'port', says: `${port} is no port; it is 0 to 65535` })
  if (token !== undefined && token.length < TOKEN_LENGTH)
    faults.push({ at: 'token', says: `is too short: at least ${TOKEN_LENGTH} characters, as from: openssl rand -hex 16` })
  if (!isLoopback(host) && token === undefined)
    faults.push({
      at: 'token',
      says: `is missing, and ${host} is reached from beyond this machine: set SELFHEAL_DASHBOARD_TOKEN, as from: openssl rand -hex 16`,
    })
  if (faults.length > 0) throw new ConfigError('dashboard', faults)
  return { ...options, host, port, orNext, names }
}
