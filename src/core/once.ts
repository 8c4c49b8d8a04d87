// A promise made when it is first asked for, and kept: unless it fails, then it is made again for whoever asks next.

/** What `make` promises, once for all who ask. */
export function onceMade<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch(error => {
      made = undefined
      throw error
    })
    return made
  }
}
