// Who is let in: the Host that a browser believes it speaks to, where a request that acts comes from, and the token. Pure.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'

export interface Asking {
  readonly method: string
  readonly host: string | undefined
  readonly origin: string | undefined
  /** Sec-Fetch-Site */
  readonly site: string | undefined
  /** A person follows a link, or types the address: a navigation. */
  readonly navigates: boolean
}
export interface Door {
  readonly host: string
  readonly names: readonly string[]
}

/** Undefined: let in. Else why not. */
export function refusalFor({ method, host, origin, site, navigates }: Asking, door: Door): string | undefined {
  const name = nameIn(host)
  // A page that has its own name point here (rebinding) still says its name; addresses can't be pointed.
  if (name === undefined || !isKnown(name, door)) return `this dashboard is not called ${host ?? '(nothing)'}`
  if (method === 'GET' || method === 'HEAD') {
    if (site === undefined || site === 'same-origin' || site === 'none' || navigates) return undefined
    return 'another site asks'
  }
  if (site !== undefined && site !== 'same-origin') return 'another site asks'
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return `${origin} asks`
  return undefined
}

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** '[::1]:4040' → '::1'. Undefined: no name is in it. */
function nameIn(host: string | undefined): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host ?? '')
  return (found?.[1] ?? found?.[2])?.toLowerCase()
}

function isKnown(name: string, { host, names }: Door): boolean {
  if (isLoopback(name) || names.some(one => one.toLowerCase() === name)) return true
  return !isLoopback(host) && (isIP(name) !== 0 || name === host.toLowerCase())
}

/** In the time it takes for any other: nothing is learned from how long it took. */
export function isSame(said: string, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(said), hash(token))
}

/** What the browser keeps in the token's place. It is worth nothing once the token is another. */
export const sessionOf = (token: string) => createHmac('sha256', token).update('selfheal dashboard').digest('base64url')
