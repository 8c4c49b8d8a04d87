// 'POST /api/listings/:id/buy' as a question to a method and a path. A path that walks upwards matches nothing: what a router makes of it
// is not known here.

export type PathMatch = (method: string, path: string) => boolean

const FORM = /^(?:(?<method>[A-Z]+) )?(?<path>\/[^\s?#]*)$/
const UPWARDS = /(?:^|\/|\\|%2f|%5c)(?:\.|%2e){2}(?:\/|\\|%2f|%5c|$)/i

/** undefined: it is no such text. */
export function compilePath(text: string): PathMatch | undefined {
  const { method, path } = FORM.exec(text)?.groups ?? {}
  if (path === undefined || /\*(?!$)/.test(path)) return undefined
  const parts = path.split('/').map(part => {
    if (part === '*') return '.*'
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\*]/g, '\\$&')
  })
  const form = new RegExp(`^${parts.join('/')}/?$`, 'i')
  return (asked, where) => (method === undefined || method === asked) && form.test(where) && !UPWARDS.test(where)
}
