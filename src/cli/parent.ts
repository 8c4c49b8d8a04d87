// --with-parent: selfheal ends when whoever started it is gone, kill -9 included. A shell between (npm's) is looked through on Linux.
import { readFileSync } from 'node:fs'

const LOOK_MS = 500
const SHELLS = /^(sh|dash|bash|ash|zsh)$/

/** Calls `gone` once, with a sentence, when the parent (or, behind a shell, its parent) has ended. The look-out keeps nothing alive. */
export function watchParent(gone: (says: string) => void): void {
  const parent = process.ppid
  const behind = SHELLS.test(statusOf(parent)?.name ?? '') ? statusOf(parent)?.ppid : undefined
  const timer = setInterval(() => {
    const shellLost = behind !== undefined && statusOf(parent)?.ppid !== behind
    if (process.ppid === parent && !shellLost) return
    clearInterval(timer)
    gone(`its parent (pid ${shellLost ? behind : parent}) is gone`)
  }, LOOK_MS)
  timer.unref()
}

function statusOf(pid: number): { readonly name: string; readonly ppid: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name is in brackets and may hold anything: what follows the last bracket is fixed.
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), ppid: Number(rest[1]) }
  } catch {
    return undefined
  }
}
