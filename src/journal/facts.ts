// An event's data, read by someone who can't rely on it: what is not there, or of another kind, is undefined. Never throws.

export interface Facts {
  text(name: string): string | undefined
  number(name: string): number | undefined
  inside(name: string): Facts
  list(name: string): readonly unknown[]
  readonly all: Readonly<Record<string, unknown>>
}

export function facts(data: unknown): Facts {
  const all = (typeof data === 'object' && data !== null ? data : {}) as Readonly<Record<string, unknown>>
  const own = (name: string) => (Object.hasOwn(all, name) ? all[name] : undefined)
  return {
    all,
    text: name => {
      const value = own(name)
      return typeof value === 'string' && value !== '' ? value : undefined
    },
    number: name => {
      const value = own(name)
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    },
    inside: name => facts(own(name)),
    list: name => {
      const value = own(name)
      return Array.isArray(value) ? value : []
    },
  }
}
