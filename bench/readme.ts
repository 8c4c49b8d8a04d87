// Puts a benchmark's table where README.md has its mark: between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './peers.ts'

export function fillReadme(name: string, text: string): void {
  const file = join(root, 'README.md')
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const page = readFileSync(file, 'utf8')
  const section = new RegExp(`${start}(?:[\\s\\S]*?${end})?`)
  if (!section.test(page)) throw new Error(`README.md has no ${start}`)
  // A function, because the text may have a $ in it.
  writeFileSync(
    file,
    page.replace(section, () => `${start}\n\n${text.trim()}\n\n${end}`),
  )
}
