// Reads what a TypeScript file imports, without a compiler: static and type-only imports, re-exports, dynamic imports, require, and
// files named by `new URL('./x.ts', import.meta.url)`. Comments, templates and regular expressions are blanked first.

export interface Import {
  readonly specifier: string
  readonly line: number
  /** What it takes, where that is written: `['threadId']`. Empty: everything, or only its effect. */
  readonly names: readonly string[]
  /** Gone when the types are: `import type …`. */
  readonly typeOnly?: true
}

const FORMS: readonly RegExp[] = [
  /(?:^|;)[ \t]*(?:import|export)\b(?<what>[^'"`;=()]*?)\bfrom\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/gm,
  /(?:^|;)[ \t]*import\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/gm,
  /\b(?:import|require|import\.meta\.resolve)\s*\(\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/g,
]
// Also a choice between two: `new URL(built ? './x.js' : './x.ts', import.meta.url)`.
const URLS = /\bnew\s+URL\s*\((?<args>(?:[^()]|\([^()]*\))*?),\s*import\.meta\.url/g

export function importsOf(source: string): readonly Import[] {
  const code = withoutComments(source)
  const found: Import[] = []
  for (const form of FORMS) {
    for (const match of code.matchAll(form)) {
      const { specifier, what = '' } = match.groups as { specifier: string; what?: string }
      const before = code.slice(0, match.index + match[0].length)
      const typeOnly = /^\s*type\b(?!\s*,|\s+from\b)/.test(what) ? ({ typeOnly: true } as const) : {}
      found.push({ specifier, line: before.split('\n').length, names: namesIn(what), ...typeOnly })
    }
  }
  for (const match of code.matchAll(URLS)) {
    for (const [, , specifier] of match.groups!['args']!.matchAll(/(['"])(\.{1,2}\/[^'"\n]+)\1/g))
      found.push({ specifier: specifier!, line: code.slice(0, match.index + match[0].length).split('\n').length, names: [] })
  }
  return found.sort((a, b) => a.line - b.line)
}

function namesIn(what: string): readonly string[] {
  const braces = /\{([^}]*)\}/.exec(what)
  if (braces === null) return []
  return braces[1]!.split(',').flatMap(name => /^\s*(?:type\s+)?([\w$]+)/.exec(name)?.[1] ?? [])
}

/** The same text, line for line, with comments, regular expressions and the words of templates as blanks. Strings stay. */
export function withoutComments(source: string): string {
  let out = ''
  // The end of `out`: to look into the whole for each sign would cost a file's length each time.
  let tail = ''
  let i = 0
  let last = ''
  const templates: number[] = []
  let depth = 0
  const add = (text: string) => {
    out += text
    tail = (tail + text).slice(-64)
  }
  const blank = (end: number) => {
    add(source.slice(i, end).replace(/[^\n]/g, ' '))
    i = end
  }
  const keep = (end: number) => {
    add(source.slice(i, end))
    if (source.slice(i, end).trim() !== '') last = tail.trimEnd().slice(-12)
    i = end
  }
  const template = (from: number) => {
    let end = from
    while (end < source.length && source[end] !== '`' && !(source[end] === '$' && source[end + 1] === '{'))
      end += source[end] === '\\' ? 2 : 1
    const opens = source[end] === '$'
    blank(Math.min(source.length, end + (opens ? 2 : 1)))
    if (opens) templates.push(depth)
    last = opens ? '{' : ')'
  }
  while (i < source.length) {
    const two = source.slice(i, i + 2)
    const one = source[i]!
    if (two === '//') blank(endOf(source, '\n', i))
    else if (two === '/*') blank(endOf(source, '*/', i + 2) + 2)
    else if (one === '/' && /(?:^|[(,=:[!&|?{};+~<>-]|\b(?:return|typeof|case|in|of|await|yield))$/.test(last))
      blank(endOfRegExp(source, i))
    else if (one === '`') template(i + 1)
    else if (one === '}' && templates.at(-1) === depth) {
      templates.pop()
      template(i + 1)
    } else if (one === "'" || one === '"') keep(endOfString(source, i))
    else {
      if (one === '{') depth++
      if (one === '}') depth--
      keep(i + 1)
    }
  }
  return out
}

function endOf(source: string, what: string, from: number): number {
  const at = source.indexOf(what, from)
  return at === -1 ? source.length : at
}

function endOfString(source: string, from: number): number {
  let end = from + 1
  while (end < source.length && source[end] !== source[from] && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1
  return end + 1
}

function endOfRegExp(source: string, from: number): number {
  let set = false
  let end = from + 1
  while (end < source.length && source[end] !== '\n' && (set || source[end] !== '/')) {
    if (source[end] === '[') set = true
    if (source[end] === ']') set = false
    end += source[end] === '\\' ? 2 : 1
  }
  return end + 1
}
