// Reads the public surface of one entry out of emitted declarations (.d.ts), as text: every exported name with its declaration, sorted,
// without comments. Follows re-exports through the files it is given; knows nothing of how they were built.
import { posix } from 'node:path'
import { type Declaration, declarationsOf } from './declarations.ts'

/** `read` gives a declaration file's text by its path in the build, or undefined when there is none. */
export function surfaceOf(entry: string, read: (path: string) => string | undefined): string {
  const exported = exportsOf(entry, read, new Set())
  const names = [...exported.keys()].sort()
  return `${names.map(name => [...exported.get(name)!].sort().join('\n')).join('\n\n')}\n`
}

type Exported = Map<string, Set<string>>

function exportsOf(path: string, read: (path: string) => string | undefined, seen: Set<string>): Exported {
  const exported: Exported = new Map()
  if (seen.has(path)) return exported
  seen.add(path)
  const text = read(path)
  if (text === undefined) throw new Error(`the build has no ${path}`)
  const add = (name: string, texts: Iterable<string>) => exported.set(name, new Set([...(exported.get(name) ?? []), ...texts]))
  const declarations = declarationsOf(text)
  for (const one of declarations) {
    if (one.kind === 'declare' && one.exported) add(one.name, [one.text])
    else if (one.kind === 'list' && one.from === undefined)
      for (const { name, as } of one.names) add(as, named(as, name, localTexts(name, declarations)))
    else if (one.kind === 'list') {
      const there = fileOf(path, one.from!)
      const theirs = there === undefined ? undefined : exportsOf(there, read, new Set(seen))
      for (const { name, as } of one.names)
        add(as, named(as, name, theirs?.get(name) ?? [`export { ${name} } from '${one.from}'`]))
    } else if (one.kind === 'all') {
      const there = fileOf(path, one.from)
      if (one.as !== undefined) add(one.as, [`export * as ${one.as} from '${one.from}'`])
      else if (there === undefined) add(`* from '${one.from}'`, [`export * from '${one.from}'`])
      else for (const [name, texts] of exportsOf(there, read, seen)) add(name, texts)
    }
  }
  return exported
}

const localTexts = (name: string, declarations: readonly Declaration[]) =>
  declarations.flatMap(one => (one.kind === 'declare' && one.name === name ? [one.text] : []))

const named = (as: string, name: string, texts: Iterable<string>) =>
  as === name ? texts : [...texts].map(text => `${text}\n  // exported as ${as}`)

const fileOf = (from: string, specifier: string) =>
  specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier).replace(/\.(?:ts|js)$/, '.d.ts') : undefined
