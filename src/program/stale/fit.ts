// Which answers may be shown again to anybody while the app is down: those a shared cache may keep, and the routes that were named, as a
// stranger without a cookie saw them. Pure.

export type Headers = Readonly<Record<string, string | number | readonly string[] | undefined>>

/** `stale`, or `stale:/,/listing/*`: the routes are named. Undefined: it is not about stale answers. */
export function staleRoutes(standby: string | undefined): readonly string[] | undefined {
  const match = /^stale(?::(.*))?$/.exec(standby ?? '')
  if (match === null) return undefined
  return (match[1] ?? '')
    .split(',')
    .map(route => route.trim())
    .filter(route => route !== '')
}

/** Could an answer to this be kept? */
export function askedFit(
  method: string,
  url: string,
  headers: Headers,
  routes: readonly string[],
): 'public' | 'named' | undefined {
  if (method !== 'GET' || headers['authorization'] !== undefined || headers['range'] !== undefined || url.length > 500)
    return undefined
  const path = url.split('?', 1)[0]!
  const named = routes.some(route => (route.endsWith('*') ? path.startsWith(route.slice(0, -1)) : path === route))
  if (!named) return 'public'
  // What a visitor is shown of their own is nobody else's.
  return headers['cookie'] === undefined ? 'named' : undefined
}

/** `headers` in lower case. */
export function answeredFit(as: 'public' | 'named', status: number, headers: Headers): boolean {
  if (status !== 200 || headers['content-type'] === undefined || headers['content-type'] === 'text/event-stream') return false
  const vary = words(headers['vary'])
  if (vary.some(word => !['accept-encoding', 'origin', 'accept'].includes(word))) return false
  if (as === 'named') return true
  if (headers['set-cookie'] !== undefined) return false
  const control = words(headers['cache-control'])
  if (control.some(word => /^(?:private|no-store|no-cache|must-revalidate|proxy-revalidate)\b/.test(word))) return false
  return control.some(word => word === 'public' || /^s?-?max-?age=[1-9]/.test(word) || /^s-maxage=[1-9]/.test(word))
}

function words(value: Headers[string]): readonly string[] {
  return String(value ?? '')
    .toLowerCase()
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
}
