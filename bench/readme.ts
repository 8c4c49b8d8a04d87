// Puts a benchmark's table where README.md, or another page, has its mark: between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './peers.ts'

export function fillReadme(name: string, text: string): void {
  fillPage('README.md', name, text)
}

export function fillPage(page: string, name: string, text: string): void {
  const file = join(root, page)
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const before = readFileSync(file, 'utf8')
  const section = new RegExp(`${start}(?:[\\s\\S]*?${end})?`)
  if (!section.test(before)) throw new Error(`${page} has no ${start}`)
  // A function, because the text may have a $ in it.
  writeFileSync(
    file,
    before.replace(section, () => `${start}\n\n${text.trim()}\n\n${end}`),
  )
}
