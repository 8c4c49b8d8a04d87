// Which build this is, so that one that was bad on one machine is not taken by the others: SELFHEAL_BUILD, else the commit of the git
// checkout it runs from. Undefined: it can't be told, and no build is judged.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function buildOf(folder: string, env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const named = env['SELFHEAL_BUILD']
  if (named !== undefined && named !== '') return named
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, '.git', name), 'utf8').trim()
    } catch {
      return undefined
    }
  }
  const head = read('HEAD')
  const ref = head?.startsWith('ref: ') ? read(head.slice('ref: '.length)) : head
  return ref === undefined || !/^[0-9a-f]{7,64}$/.test(ref) ? undefined : ref.slice(0, 12)
}
