// From what an adapter's `inspect` tells of its server to the facts that rules read. What is not understood is left out. Pure.
import type { Json } from '../core/index.ts'
import type { DatabaseFacts } from './facts.ts'

export function databaseFacts(name: string, told: Json): DatabaseFacts | undefined {
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return undefined
  const { kind, settings, pooled } = told as Readonly<Record<string, Json>>
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return undefined
  const texts = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]))
  const number = (...names: readonly string[]) => names.reduce((sum, key) => sum + (Number(texts[key]) || 0), 0)
  if (kind === 'postgres')
    return {
      name,
      kind,
      settings: texts,
      maxConnections: number('max_connections') || 100,
      reserved: number('superuser_reserved_connections', 'reserved_connections'),
      pooled: pooled === true,
    }
  if (kind !== 'mysql') return undefined
  return { name, kind, settings: texts, maxConnections: number('max_connections') || 151, reserved: 1, pooled: false }
}
