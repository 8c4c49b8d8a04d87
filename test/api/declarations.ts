// Takes the text of a .d.ts apart into its top-level statements. Declaration files hold no code, so brackets, strings and comments are
// all there is to mind.

export type Declaration =
  | { readonly kind: 'declare'; readonly exported: boolean; readonly name: string; readonly text: string }
  | {
      readonly kind: 'list'
      readonly names: readonly { readonly name: string; readonly as: string }[]
      readonly from: string | undefined
    }
  | { readonly kind: 'all'; readonly as: string | undefined; readonly from: string }

export function declarationsOf(text: string): readonly Declaration[] {
  return statementsOf(text).flatMap(statement => {
    const all = /^export\s+(?:type\s+)?\*\s*(?:as\s+(?<as>[\w$]+)\s*)?from\s*['"](?<from>[^'"]+)['"]/.exec(statement)?.groups
    if (all !== undefined) return { kind: 'all', as: all['as'], from: all['from']! }
    const list = /^export\s+(?:type\s+)?\{(?<names>[^}]*)\}\s*(?:from\s*['"](?<from>[^'"]+)['"])?/.exec(statement)?.groups
    if (list !== undefined) return { kind: 'list', names: namesOf(list['names']!), from: list['from'] }
    const declared =
      /^(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:const|let|var|function\*?|class|interface|type|namespace)\s+(?<name>[\w$]+)/.exec(
        statement,
      )
    return declared === null
      ? []
      : { kind: 'declare', exported: statement.startsWith('export'), name: declared.groups!['name']!, text: statement }
  })
}

function namesOf(list: string): { name: string; as: string }[] {
  return list.split(',').flatMap(item => {
    const match = /^(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?$/.exec(item.trim())
    return match === null ? [] : { name: match[1]!, as: match[2] ?? match[1]! }
  })
}

/** Top-level statements, comments and blank lines taken out. */
function statementsOf(text: string): readonly string[] {
  const statements: string[] = []
  let statement = ''
  let depth = 0
  const end = () => {
    const tidy = statement
      .replace(/[ \t]+$/gm, '')
      .replace(/\n{2,}/g, '\n')
      .trim()
    if (tidy !== '' && tidy !== ';') statements.push(tidy)
    statement = ''
  }
  for (const token of text.match(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|=>|[\s\S]/g,
  ) ?? []) {
    if (token.startsWith('//') || token.startsWith('/*')) continue
    statement += token
    if ('{[('.includes(token)) depth++
    if ('}])'.includes(token)) depth--
    // A block ends its statement by itself, unless it is a type's or a list's: those go on to their semicolon.
    const block = /^(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:interface|class|namespace|module|global)\b/.test(
      statement.trimStart(),
    )
    if (depth === 0 && (token === ';' || (token === '}' && block))) end()
  }
  end()
  return statements
}
