import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseProduction } from './production.ts'

const meant = { name: 'shop', pid: null, flag: true, configured: true }
const production = { NODE_ENV: 'production', SELFHEAL_DRILL_PRODUCTION: 'shop' }

test('elsewhere than in production nothing needs to be said', () => {
  refuseProduction({ name: 'shop', pid: process.pid, flag: false, configured: false, env: {} })
})

test('in production it takes all three ways; any two are a refusal that names the third', () => {
  refuseProduction({ ...meant, env: production })
  for (const [less, says] of [
    [{ flag: false }, /--yes-really/],
    [{ configured: false }, /drills: { production: true }/],
    [{ env: { NODE_ENV: 'production' } }, /SELFHEAL_DRILL_PRODUCTION=shop/],
    [{ env: { ...production, SELFHEAL_DRILL_PRODUCTION: 'another' } }, /SELFHEAL_DRILL_PRODUCTION=shop/],
  ] as const)
    assert.throws(() => refuseProduction({ ...meant, env: production, ...less }), {
      code: 'SELFHEAL_DRILL_REFUSED',
      mend: says,
    })
})
