// What who keeps the program costs while nothing happens: memory, and processor time, of its own processes.
import { setTimeout as wait } from 'node:timers/promises'
import { cpuMs, residentMb } from '../kernel.ts'

export async function upkeep(
  pids: readonly number[],
  forMs: number,
): Promise<{ readonly mb: number; readonly cpuPercent: number }> {
  const sum = (of: (pid: number) => number) => pids.reduce((all, pid) => all + of(pid), 0)
  await wait(1_000)
  const [before, at] = [sum(cpuMs), performance.now()]
  await wait(forMs)
  return { mb: sum(residentMb), cpuPercent: ((sum(cpuMs) - before) / (performance.now() - at)) * 100 }
}
