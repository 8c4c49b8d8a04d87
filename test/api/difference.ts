// What changed between two texts, by lines: `- ` gone, `+ ` new, with the unchanged line before each change. For people to read.

export function difference(before: string, now: string): string {
  const [a, b] = [before.split('\n'), now.split('\n')]
  // Longest common subsequence, by the table: the surface is a few hundred lines.
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i]![j] = a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!)
  const lines: string[] = []
  let same: string | undefined
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      same = a[i]
      i++
      j++
      continue
    }
    if (same !== undefined && same !== '') lines.push(`  ${same}`)
    same = undefined
    if (j >= b.length || (i < a.length && table[i + 1]![j]! >= table[i]![j + 1]!)) lines.push(`- ${a[i++]}`)
    else lines.push(`+ ${b[j++]}`)
  }
  return lines.filter(line => line.trim() !== '+' && line.trim() !== '-').join('\n')
}
