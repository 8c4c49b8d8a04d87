// What visitors can do here, what it needs, and which request belongs to which: a request for what is paused is refused before its
// handler, with why and when to come again.
import type { System } from 'selfheal'
import type { Need } from 'selfheal/core'
import { readOnly } from 'selfheal/inbound'

export function features(heal: System, { database, payments }: { readonly database: Need; readonly payments: Need }) {
  // Looking needs nothing: without the database there is what was last known.
  const browse = heal.feature('browse', { needs: [], onlyReads: true })
  const sell = heal.feature('sell', { needs: [database], otherwise: 'readonly' })
  const buy = heal.feature('buy', { needs: [database, payments] })
  const rule = readOnly({
    need: heal.modes.app,
    routes: { 'POST /api/listings': sell, 'POST /api/listings/:id/buy': buy, 'POST /api/orders/*': sell },
  })
  return { browse, sell, buy, rule }
}
