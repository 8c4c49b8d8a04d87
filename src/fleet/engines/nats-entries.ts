// What a watch of a bucket has brought, as a map; and a wait for it to have brought a certain revision, with all that was before.

export interface Bucket {
  put(key: string, text: string): Promise<number>
  create(key: string, text: string): Promise<number>
  update(key: string, text: string, revision: number): Promise<number>
  purge(key: string): Promise<void>
  watch(options: { key: string }): Promise<AsyncIterable<Told> & { stop(): void }>
}
interface Told {
  readonly key: string
  readonly revision: number
  readonly created: Date
  readonly operation: string
  string(): string
}
export interface Entry {
  readonly revision: number
  readonly text: string
  /** Milliseconds on the server's clock. */
  readonly at: number
}

export interface Entries {
  get(key: string): Entry | undefined
  under(prefix: string): readonly (readonly [string, Entry])[]
  /** Resolves with the entry when the watch has come to its revision, or past it. */
  after(key: string, revision: number): Promise<Entry>
  stop(): void
}

export function entries(bucket: Bucket, filter: string): Entries {
  const known = new Map<string, Entry>()
  const waiters = new Set<() => void>()
  let seen = 0
  let stopped = false
  let failed: unknown
  let watch: { stop(): void } | undefined

  const run = async () => {
    const told = await bucket.watch({ key: filter })
    watch = told
    if (stopped) told.stop()
    for await (const one of told) {
      const { key, revision, created, operation } = one
      seen = Math.max(seen, revision)
      if (operation !== 'PUT') known.delete(key)
      else known.set(key, { revision, text: one.string(), at: created.getTime() })
      for (const fn of [...waiters]) fn()
    }
    throw new Error('the watch of NATS has ended')
  }
  run().catch(error => {
    failed = error
    for (const fn of [...waiters]) fn()
  })

  return {
    get: key => known.get(key),
    under: prefix => [...known].filter(([key]) => key.startsWith(prefix)),
    after: (key, revision) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const entry = known.get(key)
          if (failed === undefined && (seen < revision || entry === undefined)) return
          waiters.delete(look)
          if (failed !== undefined) reject(failed)
          else resolve(entry!)
        }
        waiters.add(look)
        look()
      }),
    stop() {
      stopped = true
      watch?.stop()
    },
  }
}
