// Once, when the process ends: by itself, or by a signal that would end it. Who has a listener of its own for the signal ends the process by
// itself, or does not; where nobody has, it is killed by that signal after all, so that its parent sees what it would have seen.
const ENDS = ['SIGINT', 'SIGTERM'] as const

export function atEnd(tell: () => void): void {
  let told = false
  const once = () => {
    if (!told) tell()
    told = true
  }
  process.on('exit', once)
  for (const signal of ENDS) {
    // A listener for once is gone when we hear of the signal that it has just taken.
    let justGone = false
    const ours = () => {
      if (justGone || process.listenerCount(signal) > 1) return
      once()
      process.off(signal, ours)
      process.kill(process.pid, signal)
    }
    process.on(signal, ours)
    process.on('removeListener', (name, listener) => {
      if (name !== signal || listener === ours) return
      justGone = true
      setImmediate(() => {
        justGone = false
      }).unref()
    })
  }
}
