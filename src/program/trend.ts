// Does a heap grow? Garbage makes it a saw; its floor tells. Pure: the lowest value of each 10 s of the last 10 min, and the line through them.

export interface Trend {
  sample(bytes: number, now: number): void
  /** Bytes a minute; null before there is a minute to judge by. */
  perMinute(): number | null
}

const BUCKET_MS = 10_000
const BUCKETS = 60
const LEAST = 6

export function trend(): Trend {
  const floors: { readonly bucket: number; floor: number }[] = []
  return Object.freeze({
    sample(bytes: number, now: number) {
      const bucket = Math.floor(now / BUCKET_MS)
      const last = floors.at(-1)
      if (last?.bucket === bucket) last.floor = Math.min(last.floor, bytes)
      else if (floors.push({ bucket, floor: bytes }) > BUCKETS) floors.shift()
    },
    perMinute() {
      // The bucket that is being filled has no floor yet.
      const full = floors.slice(0, -1)
      if (full.length < LEAST) return null
      const meanX = full.reduce((sum, { bucket }) => sum + bucket, 0) / full.length
      const meanY = full.reduce((sum, { floor }) => sum + floor, 0) / full.length
      let [xy, xx] = [0, 0]
      for (const { bucket, floor } of full) {
        xy += (bucket - meanX) * (floor - meanY)
        xx += (bucket - meanX) ** 2
      }
      return Math.round((xy / xx) * (60_000 / BUCKET_MS))
    },
  })
}
