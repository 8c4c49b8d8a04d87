// What the kernel itself counts of connections that a full or missing listening queue lost, on the whole machine: read before and
// after, the difference counts. Linux only; elsewhere undefined.
import { readFileSync } from 'node:fs'

export interface ListenLosses {
  readonly overflows: number
  readonly drops: number
}

export function listenLosses(): ListenLosses | undefined {
  if (process.platform !== 'linux') return undefined
  const [names, values] = readFileSync('/proc/net/netstat', 'utf8')
    .split('\n')
    .filter(line => line.startsWith('TcpExt:'))
    .map(line => line.split(' '))
  const count = (name: string) => Number(values![names!.indexOf(name)])
  return { overflows: count('ListenOverflows'), drops: count('ListenDrops') }
}

/** Resident memory of a process in megabytes. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024
}
