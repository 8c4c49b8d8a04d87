// Faults by limit, for a program in any language, from outside: no descriptor left, or no byte left on the disk. Linux: by prlimit, of the
// soft limit only, so that it can be given back.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { SelfhealError } from '../../core/index.ts'
import type { Heal } from '../in-force.ts'
import { guarded } from './guardian.ts'

/** No further file or socket can be opened: EMFILE. Those it has are left. */
export function exhaustDescriptors(pid: number, forMs: number): Promise<Heal> {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number))
  // A descriptor gets the lowest number that is free: from there on there is none.
  let free = 0
  while (open.has(free)) free++
  return limited(pid, 'nofile', free, `no descriptors left for ${pid}`, forMs)
}

/** No file can grow beyond `bytes` (EFBIG; the program's own output, if that is a file, included): a quota that is used up. */
export function fillDisk(pid: number, forMs: number, bytes = 0): Promise<Heal> {
  return limited(pid, 'fsize', bytes, `the disk is full for ${pid}`, forMs)
}

function limited(pid: number, name: 'nofile' | 'fsize', limit: number, says: string, forMs: number): Promise<Heal> {
  const before = prlimit('--pid', String(pid), `--${name}`, '--raw', '--noheadings', '--output=SOFT').trim()
  return guarded({
    says,
    forMs,
    inject: () => void prlimit('--pid', String(pid), `--${name}=${limit}:`),
    undo: ['prlimit', '--pid', String(pid), `--${name}=${before}:`],
  })
}

function prlimit(...words: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('prlimit', words, { encoding: 'utf8' })
  if (status === 0) return stdout
  throw new SelfhealError(
    'SELFHEAL_DRILL_FAULT',
    `The limit was not set: ${(error?.message ?? stderr).trim()}`,
    'It needs Linux with prlimit (util-linux), as the user that runs the program, or as root.',
  )
}
