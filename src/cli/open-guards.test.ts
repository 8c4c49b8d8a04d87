import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breaker, guard, registry } from '../policy/index.ts'
import { openGuardLines } from './open-guards.ts'
import { draw, treeOf } from './tree-shape.ts'

const fails = () => Promise.reject(new Error('550'))

test('guards and breakers that are open are in status and tree, with why and when they are tried again; closed ones are not', async () => {
  const rates = guard({ name: 'rates', retry: false, random: () => 0.5 })
  const mail = breaker({ name: 'mail' })
  const fine = breaker({ name: 'fine' })
  for (let i = 0; i < 10; i++) await Promise.allSettled([rates.run(fails), mail.run(fails), fine.run(() => 1)])
  const hosts = breaker({ name: 'hosts' })
  hosts.isolate('being moved', { key: 'a/b' })
  const parts = [
    { path: 'shop', kind: 'system', snapshot: { since: 0 } },
    { path: 'shop/web', kind: 'program', snapshot: { id: 'web', state: 'ready' } },
    ...registry.all().map(part => ({ path: `shop/web/policies/${part.path}`, kind: part.kind, snapshot: part.snapshot() })),
  ]
  const lines = openGuardLines(parts)
  assert.equal(lines.length, 3, lines.join('\n'))
  assert.match(lines[0]!, /^rates {2}open {2}for .*10 of 10 calls failed; tried again in [45]/)
  assert.match(lines[1]!, /^mail {2}open/)
  assert.match(lines[2]!, /^hosts \(a\/b\) {2}isolated {2}for .*being moved$/)
  assert.match(
    draw(treeOf(parts as never), 1_000),
    /web[\s\S]*├─ rates +open +guard +for .*10 of 10 calls failed[\s\S]*└─ hosts \(a\/b\) +isolated/,
  )
  assert.deepEqual([rates.name, mail.name, fine.name], ['rates', 'mail', 'fine'], 'in use until here')
})
