// A process and everything it started, also what went into a session of its own (PostgreSQL's backends do).

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Pids, the oldest first. */
export function familyOf(pid: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const [child, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), child])
  const family = [pid]
  for (const one of family) family.push(...(children.get(one) ?? []))
  return family
}

function parents(): readonly (readonly [number, number])[] {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' })
    return stdout.split('\n').flatMap(line => {
      const [child, parent] = line.trim().split(/\s+/).map(Number)
      return child && parent ? [[child, parent] as const] : []
    })
  }
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const]
    } catch {
      return []
    }
  })
}
