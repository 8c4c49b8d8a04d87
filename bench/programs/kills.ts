// Part `kills`: what a caller sees while the serving process is killed again and again. New connections at a fixed rate, kill -9 of whoever
// serves every so often. A failed request is looked up in the program's own accept log: one that it never accepted was lost by who keeps
// the port.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Contender } from '../contenders.ts'
import { listenLosses } from '../kernel.ts'
import { load, type Sent } from '../load.ts'
import { median } from '../table.ts'
import { type AtWork, keeping, type Part } from './part.ts'

export interface Kills {
  readonly seconds: number
  readonly perSecond: number
  readonly everySeconds: number
}

const HEADS = [
  '',
  'requests',
  'ok',
  'refused',
  'reset',
  'timed out',
  'other',
  'failed, never accepted',
  'kills',
  'median ms',
  'slowest ms',
]

export async function kills(contenders: readonly Contender[], options: Kills): Promise<Part> {
  const rows = []
  for (const contender of contenders) {
    console.error(`kills: ${contender.name} …`)
    rows.push([contender.name, ...(await keeping(contender, false, at => measure(at, options)))])
  }
  return {
    name: 'programs',
    heads: [...HEADS, 'ListenOverflows', 'ListenDrops'],
    rows,
    shown: ['', 'requests', 'refused', 'reset', 'timed out', 'failed, never accepted', 'slowest ms'],
    notes: [
      'A request that was already accepted when its process is killed is lost under each of them. Watt’s workers are threads of its one process: the first kill takes it along.',
    ],
  }
}

async function measure({ port, log, pid: first }: AtWork, { seconds, perSecond, everySeconds }: Kills) {
  writeFileSync(log, '')
  let pid: number | undefined = first
  const killed = new Set<number>()
  const killer = setInterval(() => {
    if (pid === undefined) return
    // Never twice: a number that is free again may soon be somebody else's.
    killed.add(pid)
    kill(pid)
    pid = undefined
  }, everySeconds * 1_000)
  const last = setTimeout(() => clearInterval(killer), seconds * 1_000 - 100)
  const before = listenLosses()
  const onAnswer = (now: number) => {
    if (!killed.has(now)) pid = now
  }
  const sent = await load({ port, perSecond, seconds, limitMs: 10_000, onAnswer }).finally(() => {
    clearTimeout(last)
    clearInterval(killer)
  })
  const after = listenLosses()
  const lost =
    before === undefined || after === undefined ? ['', ''] : [after.overflows - before.overflows, after.drops - before.drops]
  return [...figures(sent, readFileSync(log, 'utf8'), killed.size), ...lost]
}

function figures(sent: readonly Sent[], log: string, killed: number): readonly number[] {
  const lines = new Set(log.split('\n'))
  const count = (kind: Sent['kind']) => sent.filter(one => one.kind === kind).length
  const failed = sent.filter(one => one.kind !== 'ok')
  const never = failed.filter(one => !lines.has(`r ${one.id}`) && !lines.has(`c ${one.port}`))
  const times = sent.filter(one => one.kind === 'ok').map(one => one.tookMs)
  const kinds = (['ok', 'refused', 'reset', 'timeout', 'other'] as const).map(count)
  return [sent.length, ...kinds, never.length, killed, Math.round(median(times)), Math.round(Math.max(...times))]
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
