// The kernel's out-of-memory killer, as counted in our cgroup: the one way to tell its SIGKILL from anybody else's.
import { readFileSync } from 'node:fs'

let file: string | null | undefined

/** How many processes it killed here so far; 0 where that can't be known. */
export function oomKills(): number {
  try {
    if (file === undefined) {
      const path = readFileSync('/proc/self/cgroup', 'utf8')
        .split('\n')
        .find(line => line.startsWith('0::'))
        ?.slice(3)
        .trim()
      file = path === undefined ? null : `/sys/fs/cgroup${path === '/' ? '' : path}/memory.events`
    }
    if (file === null) return 0
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
  } catch {
    file = null
    return 0
  }
}
