// The providers in the official SDKs: what a team with flags sees of features that degrade.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { OpenFeature as Web } from '@openfeature/web-sdk'
import type { PageModes } from 'selfheal/browser'
import { settableNeed } from 'selfheal/core'
import { modes } from 'selfheal/feature'
import { selfhealProvider } from 'selfheal/openfeature/server'
import { selfhealProvider as webProvider } from 'selfheal/openfeature/web'

const FULL = { usable: 'full', state: 'up', causes: [], since: 0 } as const
const NONE = { usable: 'none', state: 'down', causes: [], since: 0 } as const

function world() {
  const database = settableNeed('database', FULL)
  const all = modes()
  all.feature('sell', { needs: [database], otherwise: 'readonly', back: { after: 1 } })
  all.feature('browse', { needs: [], onlyReads: true })
  return { database, all }
}

test('in the server SDK a feature that is not on is false, with reason DEGRADED and the cause; the SDK tells of the change', async () => {
  const { database, all } = world()
  await OpenFeature.setProviderAndWait(selfhealProvider(all))
  const client = OpenFeature.getClient()
  const on = await client.getBooleanDetails('sell', false)
  assert.deepEqual([on.value, on.reason, on.variant], [true, 'STATIC', 'on'])
  const changed = new Promise<readonly string[]>(resolve => {
    client.addHandler(ProviderEvents.ConfigurationChanged, details => resolve(details?.flagsChanged ?? []))
  })
  database.set(NONE)
  assert.deepEqual(await changed, ['sell'])
  const down = await client.getBooleanDetails('sell', true)
  assert.deepEqual([down.value, down.reason, down.variant], [false, 'DEGRADED', 'readonly'])
  assert.equal(down.flagMetadata['cause'], 'the database can’t be reached just now')
  assert.equal(await client.getStringValue('sell', 'on'), 'readonly')
  assert.equal(((await client.getObjectValue('sell', {})) as { mode: string }).mode, 'readonly')
  assert.equal(await client.getBooleanValue('browse', false), true)
  const number = await client.getNumberDetails('sell', 7)
  assert.deepEqual([number.value, number.errorCode], [7, 'TYPE_MISMATCH'])
  const unknown = await client.getBooleanDetails('nope', true)
  assert.deepEqual([unknown.value, unknown.errorCode], [true, 'FLAG_NOT_FOUND'])
  database.set(FULL)
  assert.equal(await client.getBooleanValue('sell', false), true)
  await OpenFeature.clearProviders()
  all.close()
})

test('the same in the web SDK, over what the page was told', async () => {
  const { database, all } = world()
  // As a page has it, told by the server's own snapshots.
  let told = all.shown().features
  const page: Pick<PageModes, 'all' | 'subscribe'> = {
    all: () => told,
    subscribe: fn =>
      all.watch(({ features }) => {
        told = features
        fn()
      }),
  }
  await Web.setProviderAndWait(webProvider(page))
  const client = Web.getClient()
  assert.equal(client.getBooleanValue('sell', false), true)
  const changed = new Promise<readonly string[]>(resolve => {
    client.addHandler('PROVIDER_CONFIGURATION_CHANGED' as never, (details: unknown) =>
      resolve((details as { flagsChanged?: string[] }).flagsChanged ?? []),
    )
  })
  database.set(NONE)
  assert.deepEqual(await changed, ['sell'])
  const down = client.getBooleanDetails('sell', true)
  assert.deepEqual(
    [down.value, down.reason, down.flagMetadata['cause']],
    [false, 'DEGRADED', 'the database can’t be reached just now'],
  )
  assert.equal(client.getBooleanDetails('nope', true).errorCode, 'FLAG_NOT_FOUND')
  await Web.clearProviders()
  all.close()
})
