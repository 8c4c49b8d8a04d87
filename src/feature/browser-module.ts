// The browser's client as files a page can import without a bundler: the built modules, or, in a clone, the sources with their types
// stripped. Read once, when first asked for.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'

interface Served {
  readonly text: string
  readonly etag: string
}

const built = import.meta.url.endsWith('.js')
const ROOMS = new URL('..', import.meta.url)
/** What a page may import by an address; react, vue and openfeature need a bundler. */
const FILES = ['index', 'modes', 'stream', 'element', 'draft']
const served = new Map<string, Served>()

export function browserModule(name: string): Served | undefined {
  const known = served.get(name)
  if (known !== undefined) return known
  const plain = /^([a-z]+)\.js$/.exec(name)?.[1]
  if (plain === undefined || !FILES.includes(plain)) return undefined
  const source = readFileSync(new URL(`browser/${plain}.${built ? 'js' : 'ts'}`, ROOMS), 'utf8')
  const text = built ? source : nodeModule.stripTypeScriptTypes(source).replace(/(from ['"]\.\/[a-z]+)\.ts(['"])/g, '$1.js$2')
  const one = { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"` }
  served.set(name, one)
  return one
}
