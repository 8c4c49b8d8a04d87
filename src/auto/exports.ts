// Sees a CommonJS module right after it has run, whoever asked for it: require() and import of one both end in the loader for '.js' (Node 22
// notes its exports for import right after that, so later would be too late). What the app gets is the module's own exports with some of
// them exchanged. A module that was bundled into the app is not seen.
import Module from 'node:module'

/** The module's exports themselves, where they are a class. */
export const WHOLE = 'module.exports'
/** Given a module's exports, the ones to exchange. */
export type Exchange = (exports: Record<string, unknown>) => Readonly<Record<string, unknown>>
/** By the end of the file's path, from the package's name on. */
export type Exchanges = Readonly<Record<string, Exchange>>

interface Loading {
  exports: object | null
}
type Extension = (module: Loading, file: string) => void

/** From here on. */
export function onceLoaded(exchanges: Exchanges): void {
  const extensions = (Module as unknown as { readonly _extensions: Record<string, Extension> })._extensions
  const original = extensions['.js']!
  extensions['.js'] = (module, file) => {
    original(module, file)
    const exchange = exchanges[inPackage(file)]
    if (exchange === undefined || module.exports === null) return
    module.exports = exchanged(module.exports, exchange(module.exports as Record<string, unknown>))
  }
}

/** 'pg/lib/index.js', of whichever node_modules it is in. */
function inPackage(file: string): string {
  const path = file.replaceAll('\\', '/')
  const at = path.lastIndexOf('/node_modules/')
  return at < 0 ? '' : path.slice(at + '/node_modules/'.length)
}

/** `exports` with some others in their place. Compiled exports are getters that can't be redefined, so it is a Proxy. */
function exchanged(exports: object, others: Readonly<Record<string, unknown>>): object {
  if (others[WHOLE]) return others[WHOLE]
  const own = new Map(Object.entries(others))
  // `module.exports = Redis`: the module is itself one of its exports.
  const [self] = [...own].find(([name]) => (exports as Record<string, unknown>)[name] === exports) ?? []
  const proxy: object = new Proxy(self === undefined ? exports : (own.get(self) as object), {
    get: (from, key, receiver) =>
      typeof key === 'string' && own.has(key) ? own.get(key) : (Reflect.get(from, key, receiver) as unknown),
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target as new () => object,
        args,
        newTarget === proxy ? (target as new () => object) : newTarget,
      ) as object,
  })
  return proxy
}
