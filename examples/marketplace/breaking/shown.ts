// What selfheal says of the marketplace just now: dependencies, failovers and features, a line each.
interface Shown {
  readonly path: string
  readonly kind: string
  readonly snapshot: unknown
}
interface Facts {
  readonly state?: string
  readonly mode?: string
  readonly causes?: readonly { readonly says: string }[]
}

const KINDS = ['dependency', 'failover', 'feature']

export function shownLines(parts: readonly Shown[]): readonly string[] {
  return parts
    .filter(part => KINDS.includes(part.kind))
    .map(({ path, kind, snapshot }) => {
      const { state, mode, causes = [] } = (snapshot ?? {}) as Facts
      const why = [...new Set(causes.map(cause => cause.says))].join('; ')
      return `  ${path.split('/').at(-1)!.padEnd(10)} ${kind.padEnd(10)} ${(mode ?? state ?? '').padEnd(9)} ${why}`.trimEnd()
    })
}
