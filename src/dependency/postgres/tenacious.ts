// Tries until it has gone well, in a moment and again and again, spread so that what fell together does not come back together. It keeps the app
// running meanwhile: it may be all that does, as the connection was.

export function tenacious(attempt: () => Promise<boolean>): () => Promise<void> {
  let due = false
  const soon = async () => {
    if (due) return
    due = true
    setTimeout(
      async () => {
        due = false
        if (!(await attempt().catch(() => false))) void soon()
      },
      200 + 800 * Math.random(),
    )
  }
  return soon
}
