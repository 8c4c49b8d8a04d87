// A block of queries, so many at a time: how long each took for its caller, what the process spent on each, and the wall time of each.

export type Query = (id: number) => Promise<{ readonly rows: readonly unknown[] }>
/** Microseconds. */
export interface Block {
  readonly p50: number
  readonly p99: number
  readonly cpu: number
  readonly wall: number
}

export async function block(query: Query, concurrency: number, queries: number): Promise<Block> {
  const took = new Float64Array(queries)
  let next = 0
  const lane = async () => {
    for (let i = next++; i < queries; i = next++) {
      const began = performance.now()
      const { rows } = await query(1 + (i % 10_000))
      took[i] = performance.now() - began
      if (rows.length !== 1) throw new Error(`${rows.length} rows instead of one`)
    }
  }
  const before = process.cpuUsage()
  const began = performance.now()
  await Promise.all(Array.from({ length: concurrency }, lane))
  const wall = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  took.sort()
  return {
    p50: took[Math.floor(queries * 0.5)]! * 1_000,
    p99: took[Math.floor(queries * 0.99)]! * 1_000,
    cpu: (user + system) / queries,
    wall: (wall * 1_000) / queries,
  }
}
