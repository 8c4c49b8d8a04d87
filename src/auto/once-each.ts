// What is made once for each place or origin that an app asks, and kept: of up to a hundred, for an app of many tenants and a crawler have more.
// The others are left as they are, which is told once.
import type { Handling } from './found.ts'

const MOST = 100

/** `what`: the places, the origins. Undefined: there are too many already. */
export function onceEach<T>(handling: Pick<Handling, 'left'>, kind: string, name: string, what: string) {
  const all = new Map<string, T>()
  return (key: string, make: () => T): T | undefined => {
    const known = all.get(key)
    if (known !== undefined || all.size >= MOST) return known
    const made = make()
    all.set(key, made)
    if (all.size === MOST) handling.left(kind, name, `more than ${MOST} ${what}: the others`)
    return made
  }
}
