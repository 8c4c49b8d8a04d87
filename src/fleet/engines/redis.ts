// Redis as the engine: one script a question, so that a beat and its reading are one step there. On a connection of its own, made from the
// app's client: one that hangs is thrown away. What Redis loses at a failover is lost: see docs/fleet.md for what that means for tokens.
import type { Json } from '../../core/index.ts'
import type { Beat, Engine, NodeRow, Seen, Written } from '../engine.ts'
import { redisLine } from './redis-line.ts'
import { BEAT, LEAVE, NODES, WRITE } from './redis-scripts.ts'

/** A client of ioredis or of node-redis; it is not used itself, only copied. */
export interface RedisClient {
  duplicate(options?: object): unknown
}

export function redis(client: RedisClient): Engine {
  const line = redisLine(client)
  // One slot of a cluster: the scripts make the names of the hints' sets from it.
  const baseOf = (fleet: string) => `{selfheal:fleet:${fleet}}`
  const run = (script: string, fleet: string, args: readonly string[], withinMs: number) =>
    line.run(script, baseOf(fleet), args, withinMs) as Promise<readonly unknown[]>

  return Object.freeze({
    kind: 'redis',
    async beat({ fleet, node, info, sick, hints, ttlMs, forgetMs, known }: Beat, withinMs: number): Promise<Seen> {
      const args = [node, JSON.stringify(info), sick ? '1' : '0', String(ttlMs), String(ttlMs + forgetMs)]
      const told = [String(hints.length), ...hints, ...Object.entries(known).flatMap(([key, version]) => [key, String(version)])]
      const [now, alive, ill, lost, counted, changed] = await run(BEAT, fleet, [...args, ...told], withinMs)
      return {
        now: Number(now),
        nodes: { alive: Number(alive), sick: Number(ill), lost: Number(lost) },
        hints: Object.fromEntries(inGroups(counted as string[], 2).map(([hint, n]) => [hint!, Number(n)])),
        changed: Object.fromEntries(
          inGroups(changed as string[], 3).map(([key, version, value]) => [
            key!,
            { version: Number(version), value: JSON.parse(value!) as Json },
          ]),
        ),
      }
    },
    async write(fleet: string, key: string, value: Json, version: number, withinMs: number): Promise<Written> {
      const [done, now, at, kept] = await run(WRITE, fleet, [key, JSON.stringify(value), String(version)], withinMs)
      return {
        done: Number(done) === 1,
        now: Number(now),
        stored: { version: Number(at), value: JSON.parse(String(kept)) as Json },
      }
    },
    async nodes(fleet: string, withinMs: number): Promise<readonly NodeRow[]> {
      const [now, rows] = await run(NODES, fleet, [], withinMs)
      return inGroups(rows as string[], 5).map(([node, info, seen, until, sick]) => ({
        node: node!,
        info: JSON.parse(info!) as Json,
        sick: sick === '1',
        ageMs: Number(now) - Number(seen),
        lost: Number(until) <= Number(now),
      }))
    },
    async leave(fleet: string, node: string, withinMs: number) {
      await run(LEAVE, fleet, [node], withinMs)
    },
    close: async () => line.drop(),
  })
}

function inGroups<T>(all: readonly T[], n: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.floor(all.length / n) }, (_, i) => all.slice(i * n, i * n + n))
}
