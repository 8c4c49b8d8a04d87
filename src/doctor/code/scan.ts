// Reads JavaScript and TypeScript as text, far enough for doctor: comments and strings are blanked (their places stay), and a call's
// arguments are found by counting brackets. No parser: what it can't read it says nothing about. Pure.

/** The text with everything in comments, strings, templates and regular expressions made blank, line breaks kept. */
export function blanked(text: string): string {
  return text.replace(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g,
    found => found[0] + found.slice(1).replace(/[^\n]/g, ' '),
  )
}

export interface CallFound {
  /** 'fetch', 'new Pool', 'execSync'. */
  readonly callee: string
  readonly line: number
  /** Of its first character. */
  readonly at: number
  /** Its arguments as written, strings and comments blank. */
  readonly args: string
  /** As written. */
  readonly source: string
}

/** Calls whose callee, with `new` where there is one, matches. `code` is blanked text, `text` the same as written. */
export function callsOf(code: string, text: string, callee: RegExp): readonly CallFound[] {
  const found: CallFound[] = []
  for (const match of code.matchAll(
    /(?<![\w$.])((?:new\s+)?[A-Za-z_$][\w$]*(?:\s*\??\.\s*[A-Za-z_$][\w$]*)*)\s*(?:<[^<>()]*>)?\s*\(/g,
  )) {
    const name = match[1]!.replace(/\s+/g, ' ').replace(/\s*\??\.\s*/g, '.')
    if (!callee.test(name) || /\bfunction\s*$/.test(code.slice(0, match.index))) continue
    const from = match.index + match[0].length
    const to = closing(code, from)
    found.push({
      callee: name,
      at: match.index,
      line: code.slice(0, match.index).split('\n').length,
      args: code.slice(from, to),
      source: text.slice(match.index, to + 1),
    })
  }
  return found
}

function closing(code: string, from: number): number {
  let depth = 1
  for (let i = from; i < code.length; i++) {
    const c = code[i]!
    if (c === '(' || c === '[' || c === '{') depth++
    else if (c === ')' || c === ']' || c === '}') depth--
    if (depth === 0) return i
  }
  return code.length
}

/** Is this key said in the arguments: `key:`, `key,`, `'key':`, or may it be (a spread, or options made elsewhere)? */
export function says(args: string, key: string): boolean {
  return new RegExp(`(?<![\\w$.])${key}\\s*[:,})]|(?<![\\w$.])${key}\\s*$|\\.\\.\\.`).test(args)
}

/** An argument from the n-th on is a name, made elsewhere: nothing can be said. */
export function unreadable(args: string, from: number): boolean {
  return split(args)
    .slice(from)
    .some(arg => /^\s*[A-Za-z_$][\w$.]*\s*$/.test(arg))
}

function split(args: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i < args.length; i++) {
    if ('([{'.includes(args[i]!)) depth++
    else if (')]}'.includes(args[i]!)) depth--
    else if (args[i] === ',' && depth === 0) {
      parts.push(args.slice(from, i))
      from = i + 1
    }
  }
  return [...parts, args.slice(from)]
}
