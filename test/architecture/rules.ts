// The rules of the house, over files given as text: which arrows between rooms are drawn, and how a source file looks. Pure: a fault
// names file, line, what is wrong, and the mend.
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { importsOf, withoutComments } from './imports.ts'
import { badNames, bare, coreMay, inPages, MAX_LINES, rooms } from './layers.ts'

export interface SourceFile {
  /** From the root of the clone, with slashes: 'src/core/clock.ts'. */
  readonly path: string
  readonly text: string
}

const roomOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1] ?? '.'
const isTest = (path: string) => /\.test\.m?tsx?$/.test(path)

/** Every arrow of this file that is not drawn. */
export function arrowFaults({ path, text }: SourceFile): readonly string[] {
  const from = roomOf(path)
  if (!(from in rooms))
    return [
      `${path}:1 stands in a room that no layer has. Mend: draw ${from}/ in ARCHITECTURE.md and in test/architecture/layers.ts`,
    ]
  return importsOf(text).flatMap(({ specifier, line, names, typeOnly }) => {
    if (inPages.includes(from) && !isTest(path) && !typeOnly && (/^\.\.\//.test(specifier) || specifier.startsWith('node:')))
      return [
        `${path}:${line} brings ${specifier} into ${from}/, which runs in pages. Mend: import its types only, or write it here`,
      ]
    if (/^(?:node:)?http$/.test(specifier) && !typeOnly && !isTest(path))
      return [
        `${path}:${line} imports ${specifier}, which as a module brings undici with it (13 MB). Mend: process.getBuiltinModule('node:http')`,
      ]
    const fault = specifier.startsWith('.') ? insideFault(path, from, specifier) : outsideFault(path, from, specifier, names)
    return fault === undefined ? [] : [`${path}:${line} ${fault}`]
  })
}

function insideFault(path: string, from: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier)
  // The version stands there, and it is published too.
  if (target === 'package.json') return undefined
  if (!target.startsWith('src/'))
    return isTest(path) ? undefined : `reaches out of src to ${target}. Mend: what src needs stands in src`
  const to = roomOf(target)
  if (to === from) return undefined
  if (!(to in rooms))
    return `imports ${specifier}: no layer has ${to}/. Mend: draw it in ARCHITECTURE.md and in test/architecture/layers.ts`
  const arrow = `${from} → ${to}`
  if (!drawn(from, to) && !(isTest(path) && to === 'testing'))
    return `draws the arrow ${arrow}, which the layers don't. ${mendOf(from, to)}`
  const door = to === '.' ? 'src/index.ts' : `src/${to}/index.ts`
  if (target === door) return undefined
  return `goes past the door of ${to}/ (${arrow}, to ${posix.basename(target)}). Mend: export it from ${door} and import that`
}

function drawn(from: string, to: string): boolean {
  if (to === 'core') return true
  const room = rooms[from]!
  return room.to === 'below' ? rooms[to]!.layer < room.layer : room.to.includes(to)
}

function mendOf(from: string, to: string): string {
  const [a, b] = [rooms[from]!, rooms[to]!]
  if (b.layer > a.layer)
    return `Mend: ${from}/ is on layer ${a.layer}, ${to}/ on ${b.layer}: let ${to}/ or system/ bring it in, as a value or an event`
  return `Mend: let them meet in core (Need, Judgement, Events, Part), or join them in system/ or cli/`
}

function outsideFault(path: string, from: string, specifier: string, names: readonly string[]): string | undefined {
  if (isTest(path)) return undefined
  const builtin = specifier.startsWith('node:') || builtinModules.includes(specifier)
  if (specifier === 'selfheal' || specifier.startsWith('selfheal/'))
    return `imports ${specifier} by its public name. Mend: inside src, by its path`
  if (!builtin && bare.includes(from))
    return `brings a third-party package (${specifier}) into ${from}/. Mend: these rooms run with none: write it, or move it up`
  if (!builtin || from !== 'core') return undefined
  const may = coreMay[specifier]
  if (may !== undefined && names.length > 0 && names.every(name => may.includes(name))) return undefined
  return `does IO in core (${specifier}${names.length > 0 ? `: ${names.join(', ')}` : ''}). Mend: take it as a parameter, as the clock is`
}

/** Size, name, header and exports of one source file. */
export function styleFaults({ path, text }: SourceFile): readonly string[] {
  const faults: string[] = []
  const name = posix.basename(path).replace(/\..*$/, '')
  const code = withoutComments(text)
  const lines = text.trimEnd().split('\n')
  const onlyExports = /^\s*(?:(?:export\s[^'"]*from\s*)['"][^'"]+['"];?\s*)+$/.test(code)
  if (badNames.includes(name)) faults.push(`${path}:1 is named ${name}. Mend: name it for the one thing it holds`)
  if (!/^[a-z0-9.-]+$/.test(posix.basename(path))) faults.push(`${path}:1 is not in kebab-case. Mend: rename it`)
  if (!isTest(path) && lines.length > MAX_LINES)
    faults.push(
      `${path}:${MAX_LINES} has ${lines.length} lines, over ${MAX_LINES}. Mend: find the second thing it does, and move that out`,
    )
  if (!isTest(path) && !onlyExports && !/^(?:#!.*\n)?\/[/*]/.test(text))
    faults.push(
      `${path}:1 does not begin with a comment. Mend: one to five lines: what it does, what it does not, where the data goes next`,
    )
  if (isDoor(path) && !isTest(path) && !onlyExports && roomOf(path) !== 'cli')
    faults.push(`${path}:1 holds more than exports. Mend: move the code to a file of its own beside it`)
  const lineOf = (pattern: RegExp) => code.slice(0, code.search(pattern)).split('\n').length
  const byDefault = /^[ \t]*export\s+default\b|^[ \t]*export\s*\{[^}]*\bas\s+default\b/m
  if (byDefault.test(code)) faults.push(`${path}:${lineOf(byDefault)} exports by default. Mend: export it by its name`)
  return faults
}

/** Syntax that the oldest Node we serve does not read. */
export function syntaxFaults({ path, text }: SourceFile): readonly string[] {
  return withoutComments(text)
    .split('\n')
    .flatMap((line, i) =>
      /^\s*(?:(?:for\s*(?:await\s*)?\(\s*)?(?:await\s+)?using\s+[\w$]+\s*(?:=|of\b))/.test(line)
        ? [`${path}:${i + 1} says using, which Node 22 does not read. Mend: try … finally, with close() or Symbol.dispose`]
        : [],
    )
}

const isDoor = (path: string) => /^src\/(?:[^/]+\/)?index\.ts$/.test(path)
