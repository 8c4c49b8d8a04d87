// How a refusal is printed by console.error and loggers that inspect (not by Node's own last words): one line, for a log at an outage holds thousands
// of them. What the app put on it, what it was caused by, and a stack that somebody wrote stay.
type Inspect = (value: unknown, options: object) => string

/** Its own: the line says them, or they say nothing to a reader. */
const TOLD: ReadonlySet<string> = new Set([
  'code',
  'policy',
  'guard',
  'key',
  'ran',
  'retryAfterMs',
  'remainingMs',
  'stack',
  'cause',
  'name',
  'message',
  'hint',
])

export function inspected(this: Error & { readonly code: string }, _depth: number, options: object, inspect: Inspect): string {
  const [, ...frames] = (this.stack ?? '').split('\n')
  const more = Object.entries(this).filter(([name]) => !TOLD.has(name))
  const lines = [`${this.name}: ${this.message} [${this.code}]`, ...frames]
  if (more.length > 0) lines.push(`  ${inspect(Object.fromEntries(more), options)}`)
  if (this.cause !== undefined) lines.push(`  [cause]: ${inspect(this.cause, options)}`)
  return lines.join('\n')
}
