// Reads a Markdown page: its TypeScript blocks, its relative links, its headings' anchors and the npm scripts it names. Pure.

export interface Block {
  /** Of its first line of code. */
  readonly line: number
  /** What stands after the language: '' for most. */
  readonly marks: string
  readonly code: string
}

export interface Named {
  readonly line: number
  readonly what: string
}

const FENCE = /^(?<indent> *)(?<fence>`{3,}|~{3,})(?<info>[^`]*)$/

export function blocksOf(page: string): readonly Block[] {
  return fencesOf(page).flatMap(({ info, line, lines }) => {
    const [language, ...marks] = info.trim().split(/\s+/)
    return ['ts', 'typescript', 'mts'].includes(language!) ? [{ line, marks: marks.join(' '), code: lines.join('\n') }] : []
  })
}

/** Relative links: `docs/breaker.md`, `../README.md#install`, `#install`. */
export function linksOf(page: string): readonly Named[] {
  return prose(page).flatMap(({ line, text }) =>
    [...text.matchAll(/!?\[[^\]]*\]\((?<target>[^)\s]+)[^)]*\)|<(?:a|img|source)\b[^>]*\b(?:href|src|srcset)="(?<html>[^"]+)"/g)]
      .map(match => ({ line, what: match.groups!['target'] ?? match.groups!['html']! }))
      .filter(({ what }) => !/^[a-z][a-z0-9+.-]*:/i.test(what)),
  )
}

/** The anchors of its headings, as GitHub makes them. */
export function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const { text } of prose(page)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1]
    if (heading === undefined) continue
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')
    let anchor = slug
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`
    anchors.add(anchor)
  }
  return anchors
}

/** The scripts named by `npm run x`, `npm start` and `npm test`, in code blocks too. */
export function scriptsOf(page: string): readonly Named[] {
  return page.split('\n').flatMap((text, i) =>
    [...text.matchAll(/\bnpm (?:run (?<run>[a-z][\w:-]*\w)|(?<short>start|test)\b)/g)].map(match => ({
      line: i + 1,
      what: match.groups!['run'] ?? match.groups!['short']!,
    })),
  )
}

interface Fence {
  readonly info: string
  readonly line: number
  readonly last: number
  readonly lines: readonly string[]
}

function fencesOf(page: string): readonly Fence[] {
  const fences: Fence[] = []
  let open: { indent: number; fence: string; info: string; line: number; lines: string[] } | undefined
  for (const [i, text] of page.split('\n').entries()) {
    const { indent, fence, info } = FENCE.exec(text)?.groups ?? {}
    if (open === undefined) {
      if (fence !== undefined) open = { indent: indent!.length, fence, info: info!, line: i + 2, lines: [] }
    } else if (fence?.startsWith(open.fence) && info!.trim() === '') {
      fences.push({ ...open, last: i + 1 })
      open = undefined
    } else open.lines.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)))
  }
  return fences
}

function prose(page: string): readonly { line: number; text: string }[] {
  const fences = fencesOf(page)
  return page
    .split('\n')
    .map((text, i) => ({ line: i + 1, text: text.replace(/`[^`]*`/g, code => (/^`[^`]*\]\(/.test(code) ? '' : code)) }))
    .filter(({ line }) => !fences.some(fence => line >= fence.line - 1 && line <= fence.last))
}
