// Deferred writes over real lives ended by kill -9 at any instant: whatever was said to be taken is applied or a dead letter, nothing is
// applied twice, every line keeps its order, and accepted = applied + dead + pending holds after each death.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { node } from '../node.ts'
import type { Told } from './spool/life.ts'

const WRITES = 24
const life = join(import.meta.dirname, 'spool', 'life.ts')
const runs = Number(process.env['SELFHEAL_SPOOL_RUNS'] ?? 2)

async function live(told: Told): Promise<{ taken: string[]; signal: string | null }> {
  const args = ['--conditions=@selfheal/source', '--disable-warning=ExperimentalWarning', life, JSON.stringify(told)]
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (data: Buffer) => (said += data))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  assert.ok(code === 0 || signal === 'SIGKILL', `ended with ${code ?? signal}`)
  return { taken: said.split('\n').filter(Boolean), signal }
}

const rows = (file: string, sql: string) => {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return db.prepare(sql).all() as Record<string, string | number>[]
  } finally {
    db.close()
  }
}

const deaths = fc.array(
  fc.record({
    at: fc.constantFrom('before_effect', 'after_effect', 'after_taken', 'ms'),
    n: fc.nat(20),
    upAt: fc.nat(WRITES),
  }),
  { minLength: 2, maxLength: 4 },
)

test('killed at any instant, nothing taken is lost, nothing is applied twice, and the counts add up', async () => {
  let killed = 0
  await fc.assert(
    fc.asyncProperty(deaths, async plan => {
      const folder = mkdtempSync(join(tmpdir(), 'selfheal-spool-kill-'))
      try {
        const taken = new Set<string>()
        let from = 0
        for (const { at, n, upAt } of [...plan, { at: 'never', n: 0, upAt: 0 } as const]) {
          // A death by time counts from where its code begins to run.
          const { taken: more, signal } = await live({
            folder,
            from,
            to: from + WRITES,
            upAt,
            die: { at, n: at === 'ms' ? 40 + n * 4 : n },
          })
          for (const key of more) taken.add(key)
          if (signal !== null) killed++
          from += WRITES
          const [totals] = rows(join(folder, 'spool.db'), 'SELECT accepted, applied, dead FROM totals')
          const counted = Object.fromEntries(
            rows(join(folder, 'spool.db'), 'SELECT state, count(*) AS n FROM items GROUP BY state').map(one => [
              one['state'],
              Number(one['n']),
            ]),
          )
          const { pending = 0, applied = 0, dead = 0 } = counted
          assert.deepEqual({ ...totals }, { accepted: pending + applied + dead, applied, dead })
        }
        const items = rows(join(folder, 'spool.db'), 'SELECT key, line, state FROM items ORDER BY id')
        const effects = rows(join(folder, 'world.db'), 'SELECT key, line FROM effects ORDER BY n')
        const states = new Map(items.map(one => [one['key'], one['state']]))
        for (const key of taken)
          assert.match(String(states.get(key)), /^(applied|dead)$/, `${key} was taken, and is ${states.get(key)}`)
        // Each once (the world's own key sees to that), none of what is dead, all of what is applied, and each line in its order.
        const applied = items.filter(one => one['state'] === 'applied')
        assert.deepEqual(effects.map(one => one['key']).sort(), applied.map(one => one['key']).sort())
        for (const line of [0, 1, 2, 3])
          assert.deepEqual(
            effects.filter(one => one['line'] === `line ${line}`).map(one => one['key']),
            applied.filter(one => one['line'] === `line ${line}`).map(one => one['key']),
          )
        assert.ok(items.filter(one => one['state'] === 'dead').every(one => Number(String(one['key']).slice(1)) % 7 === 3))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }),
    {
      numRuns: runs,
      endOnFailure: true,
      examples: [
        [
          [
            { at: 'after_effect', n: 3, upAt: 2 },
            { at: 'after_taken', n: 5, upAt: WRITES },
            { at: 'before_effect', n: 0, upAt: 9 },
          ],
        ],
      ],
    },
  )
  assert.ok(killed > 0, 'some life was killed')
})
