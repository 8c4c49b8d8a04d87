// The order in which programs start: each after what it needs, else as they are written. Stopping goes the other way round.
import { ConfigError } from '../core/index.ts'

/** Names in starting order. Throws ConfigError, which names the cycle or the stranger. */
export function byNeeds(programs: Readonly<Record<string, { readonly needs?: readonly string[] }>>): readonly string[] {
  const order: string[] = []
  const place = (name: string, trail: readonly string[]) => {
    if (order.includes(name)) return
    const at = `programs.${trail.at(-1) ?? name}.needs`
    if (programs[name] === undefined)
      throw new ConfigError('configuration', [{ at, says: `names '${name}', which is no program` }])
    if (trail.includes(name))
      throw new ConfigError('configuration', [{ at, says: `goes round in a circle: ${[...trail, name].join(' → ')}` }])
    for (const need of programs[name].needs ?? []) place(need, [...trail, name])
    order.push(name)
  }
  for (const name of Object.keys(programs)) place(name, [])
  return order
}
