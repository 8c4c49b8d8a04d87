// Keys and prints: both are hashes of what is asked for, so that two machines, and a program that has just started, come to the same ones.
import { createHash } from 'node:crypto'
import type { Json } from '../core/index.ts'

const LENGTH = 40

/** The provider's idempotency key of an intent: ASCII, at most 40 characters. */
export function providerKey(failover: string, key: string, provider: string, maxLength: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([failover, key, provider]))
    .digest('hex')
  return hash.slice(0, Math.min(LENGTH, maxLength))
}

/** The same for the same request, whatever the order of its properties. */
export function printOf(operation: string, params: Json, of: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([operation, sorted(params), of ?? null]))
    .digest('hex')
    .slice(0, 32)
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}
