// Addresses of held ports: what a person writes ('3000', '127.0.0.1:3000', '[::1]:3000', 'unix:/run/app.sock') and the one key it gets.
import { SelfhealError } from '../core/index.ts'

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

const MAX_UNIX_PATH = 107

/** The address in `text`. A port alone means every interface, IPv6 and IPv4. Throws SelfhealError SELFHEAL_PORT_BAD. */
export function parseAddress(text: string | number): Address {
  const said = String(text).trim()
  const bad = (why: string) =>
    new SelfhealError(
      'SELFHEAL_PORT_BAD',
      `'${said}' is no address: ${why}`,
      'Write a port as 3000, 127.0.0.1:3000, [::1]:3000 or unix:/path/to.sock.',
    )
  if (said.startsWith('unix:')) {
    const path = said.slice(5)
    if (!path.startsWith('/')) throw bad('a unix socket needs an absolute path')
    if (Buffer.byteLength(path) > MAX_UNIX_PATH)
      throw bad(`a unix socket's path has at most ${MAX_UNIX_PATH} bytes, this one ${Buffer.byteLength(path)}`)
    return { kind: 'unix', path }
  }
  // ss and netstat write every interface as :::3000.
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(said.replace(/^:::(?=\d+$)/, ''))
  if (!match) throw bad('expected a port, or host:port')
  const port = Number(match[3])
  if (port < 1 || port > 65_535) throw bad('a port is a number from 1 to 65535')
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '::', port }
}

/** One spelling for one address: '[::]:3000', '127.0.0.1:3000', 'unix:/path'. */
export function addressKey(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** What a browser or curl is given for it. */
export function addressUrl(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const host =
    address.host === '::' || address.host === '0.0.0.0'
      ? 'localhost'
      : address.host.includes(':')
        ? `[${address.host}]`
        : address.host
  return `http://${host}:${address.port}`
}
