// What a life that did not come said last, as short as it can be told: of a stack, the error and the first frame of the app's own code, for
// what Node's loader says of itself fills any screen. Pure.
const MOST = 8
const FRAME = /^\s+at /
const FOREIGN = /node:|[\\/]node_modules[\\/]|\bnative\b|<anonymous>\)?$/
/** How Node shows where: 'file:///app/server.js:3', then the line itself. */
const SHOWN = /^(?:file:\/\/)?(?!node:)(\S*[\\/]\S+):(\d+)$/
/** What Node adds after a stack. */
const ADDED = /^(?:\s*|Node\.js v\S+|\}|\s+(?:\[?\w+\]?): .*|\s*\[?(?:cause|errors)\]?:.*)$/

export function lastWords(tail: string): readonly string[] {
  const lines = tail.split('\n').filter((line, i, all) => line.trim() !== '' || (i > 0 && all[i - 1]!.trim() !== ''))
  // The first of the last run of frames.
  let last = lines.findLastIndex(line => FRAME.test(line))
  if (last < 0) return lines.slice(-MOST)
  let first = last
  while (first > 0 && FRAME.test(lines[first - 1]!)) first--
  const frames = lines.slice(first, last + 1)
  while (last + 1 < lines.length && ADDED.test(lines[last + 1]!)) last++
  let head = first
  while (head > 0 && first - head < 4 && lines[head - 1]!.trim() !== '') head--
  const shown = lines.slice(0, head).findLast(line => SHOWN.test(line.trim()) && !FOREIGN.test(line))
  const own = frames.find(line => !FOREIGN.test(line)) ?? (shown === undefined ? frames[0]! : `    at ${shown.trim()}`)
  const after = lines.slice(last + 1).filter(line => line.trim() !== '')
  return [...lines.slice(head, first), own.replace(/ \{$/, ''), ...after].slice(-MOST)
}
