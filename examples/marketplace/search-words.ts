// The search index, made in a thread: which words the listings have, the most common first, so that the search box can finish what is
// typed. Making it is long work for a large marketplace; it must not stop those who are served meanwhile.

export interface Texts {
  readonly texts: readonly string[]
  /** Never ends, as a bad regular expression would not: broken on purpose. */
  readonly stuck?: boolean
}
export type Words = readonly (readonly [word: string, count: number])[]

const MOST = 5_000

// piscina calls a module's default export.
export { index as default }

function index({ texts, stuck = false }: Texts): Words {
  for (; stuck; );
  const counts = new Map<string, number>()
  for (const text of texts)
    for (const word of new Set(text.toLowerCase().match(/\p{L}{3,}/gu) ?? [])) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST)
}
