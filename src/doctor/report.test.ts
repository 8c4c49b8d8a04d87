// What is said when there was nothing to judge: "in step" alone would be taken for a look at the app.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { examine } from './doctor.ts'
import type { Facts, PartFacts } from './facts.ts'
import { ladders } from './ladder.ts'
import { report } from './report.ts'

const part = (kind: string, level?: string): PartFacts => ({
  path: `shop/${kind}`,
  kind,
  settings: level === undefined ? [] : [{ level, name: level, valueMs: 8_000, from: 'here' }],
})
const said = (...parts: readonly PartFacts[]) => {
  const facts: Facts = { parts, databases: [], instances: 1, spares: 0 }
  return report(facts, examine(facts), ['it'])
}
const BLIND =
  /In step: [^\n]+\n\nI see no pool, client or server of this app[^\n]+--auto[^\n]+\n[^\n]+selfheal doctor --static \.$/

test('of an app of which only its process is seen, it is said that the rest is not, and how it would be', () => {
  assert.match(said(part('system'), part('program', 'grace')), BLIND)
  assert.match(said(part('system')), BLIND)
  for (const kind of ['dependency', 'http-server', 'guard'])
    assert.doesNotMatch(said(part('program', 'grace'), part(kind, 'deadline')), /I see no/)
  // A code base was read: nothing needs to run.
  assert.doesNotMatch(said(), /I see no/)
})

test('the guards inside a dependency are in its own ladder, and not drawn again; those of the app are', () => {
  const at = (path: string, kind: string): PartFacts => ({ ...part(kind, 'deadline'), path })
  const drawn = said(
    at('shop/app/db', 'dependency'),
    at('shop/app/policies/db', 'guard'),
    at('shop/app/policies/db~3', 'guard'),
    at('shop/app/policies/mine', 'guard'),
  )
  assert.deepEqual(drawn.match(/^shop\S+/gm), ['shop/app/db', 'shop/app/policies/mine'])
})

test('a level without an end that another ends says which; one that nothing ends is drawn for ever', () => {
  const set = (level: string, valueMs: number | null) => ({ level, name: `${level}_timeout`, valueMs, from: 'the pool' })
  const drawn = ladders(
    {
      parts: [
        { path: 'shop/db', kind: 'dependency', settings: [set('attempt', 5_500), set('query', null), set('pool-idle', null)] },
      ],
      databases: [],
      instances: 1,
      spares: 0,
    },
    [],
  )
  assert.match(drawn, /query +– +ended by attempt +query_timeout/)
  assert.match(drawn, /pool-idle +for ever +█+▶/)
})
