// What the kernel knows: of connections that a full or missing listening queue lost, on the whole machine (read before and after, the
// difference counts; elsewhere than on Linux undefined), and of processes.
import { readdirSync, readFileSync } from 'node:fs'

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

/** What all threads of a process have run so far, in ms. */
export function cpuMs(pid: number): number {
  const of = (thread: string) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + of(thread), 0)
}

/** The processes of that name under another one, at any depth. */
export function childrenOf(pid: number, name: string): readonly number[] {
  const direct = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return direct.flatMap(child => {
    const own = readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name
    return own ? [child] : childrenOf(child, name)
  })
}
