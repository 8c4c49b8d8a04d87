// Imports the one file, and leaves little of that in a process that lives for months: its `config` is taken from beside here, not from the
// front door with all that is behind it (18 MB), and its types are stripped by a process of their own (Node's stripper keeps 16 MB).
// Whatever is not as usual is left to Node, which also says best what is wrong with a file.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const CONFIG = new URL(import.meta.url.endsWith('.ts') ? './config.ts' : './config.js', import.meta.url).href
const STRIP = `process.stdout.write(require('node:module').stripTypeScriptTypes(require('node:fs').readFileSync(0, 'utf8')))`
const STRIP_MS = 10_000

/** With `again`: as it is now, though this process has read it before. */
export async function importConfig(file: string, again: boolean): Promise<{ readonly default?: unknown }> {
  const url = `${pathToFileURL(file).href}${again ? `?again=${performance.now()}` : ''}`
  const light = takesConfigAlone(readFileSync(file, 'utf8'))
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      light && specifier === 'selfheal' && context.parentURL === url
        ? { url: CONFIG, shortCircuit: true }
        : next(specifier, context),
    load(asked, context, next) {
      const source = asked === url && context.format === 'module-typescript' ? stripped(readFileSync(file)) : undefined
      return source === undefined ? next(asked, context) : { format: 'module', source, shortCircuit: true }
    },
  })
  try {
    return await import(url)
  } finally {
    hooks.deregister()
  }
}

/** Of 'selfheal' it names `config`, types, and nothing else. */
export function takesConfigAlone(text: string): boolean {
  const [all, ...more] = text.match(/['"`]selfheal['"`]/g) ?? []
  const names = /^[ \t]*import\s*\{([^}]*)\}\s*from\s*['"]selfheal['"]/m.exec(text)?.[1]
  if (all === undefined || more.length > 0 || names === undefined) return false
  return names.split(',').every(name => /^\s*(?:config(?:\s+as\s+\w+)?|type\s+\w+(?:\s+as\s+\w+)?)?\s*$/.test(name))
}

/** Line for line and column for column as it was. undefined: it could not be. */
function stripped(source: Buffer): string | undefined {
  const { NODE_OPTIONS: _, ...env } = process.env
  const words = ['--disable-warning=ExperimentalWarning', '-e', STRIP]
  const { status, stdout } = spawnSync(process.execPath, words, { input: source, env, timeout: STRIP_MS, encoding: 'utf8' })
  return status === 0 ? stdout : undefined
}
