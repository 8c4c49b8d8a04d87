// How many callers wait on the held ports: the kernel keeps the length of a listening socket's queue in /proc/net/tcp (its rx_queue). Linux
// only; elsewhere nothing is told, rather than a zero.
import { readFile } from 'node:fs/promises'
import { facts } from '../journal/index.ts'
import type { Sample, SeenPart } from './sample.ts'

const LISTEN = '0A'

export async function heldConnections(parts: readonly SeenPart[]): Promise<readonly Sample[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(file => readFile(file, 'utf8').catch(() => '')))
  return heldIn(tables.join('\n'), parts)
}

/** Pure: the kernel's table, and the programs with their ports. */
export function heldIn(table: string, parts: readonly SeenPart[]): readonly Sample[] {
  const queues = new Map<number, number>()
  for (const line of table.split('\n')) {
    const [, local, , state, queue] = line.trim().split(/\s+/)
    if (state !== LISTEN) continue
    const port = Number.parseInt(local?.split(':')[1] ?? '', 16)
    const waiting = Number.parseInt(queue?.split(':')[1] ?? '', 16)
    if (Number.isFinite(port) && Number.isFinite(waiting)) queues.set(port, (queues.get(port) ?? 0) + waiting)
  }
  const seen = new Map<string, Sample>()
  for (const { kind, snapshot } of parts) {
    if (kind !== 'program') continue
    for (const url of facts(snapshot).list('urls')) {
      const port = portOf(url)
      const value = port === undefined ? undefined : queues.get(port)
      if (value !== undefined)
        seen.set(String(port), { name: 'selfheal.port.held_connections', labels: { port: String(port) }, value })
    }
  }
  return [...seen.values()]
}

function portOf(url: unknown): number | undefined {
  try {
    const { protocol, port } = new URL(String(url))
    return protocol === 'http:' ? Number(port || 80) : undefined
  } catch {
    return undefined
  }
}
