// Reads the form of somebody who sells. Every fault is told at once, in words for them, by field.
import { CATEGORIES, CONDITIONS } from './categories.ts'
import type { Offer } from './listings.ts'
import { PICTURES } from './picture.ts'

export type SellForm = { readonly offer: Offer } | { readonly faults: Readonly<Record<string, string>> }

const MAX_EUROS = 100_000

export function readSellForm(body: unknown): SellForm {
  const form = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const faults: Record<string, string> = {}
  const text = (field: string, min: number, max: number, says: string): string => {
    const raw = form[field]
    const value = typeof raw === 'string' ? raw.toWellFormed().replaceAll('\u0000', '').trim() : ''
    const length = [...value].length
    if (length < min || length > max) faults[field] = says
    return value
  }
  const oneOf = (field: string, known: readonly string[], says: string): string => {
    const value = form[field]
    if (typeof value === 'string' && known.includes(value)) return value
    faults[field] = says
    return ''
  }
  const offer: Offer = {
    title: text('title', 3, 80, 'A title has 3 to 80 characters.'),
    description: text('description', 0, 2_000, 'A description has at most 2,000 characters.'),
    place: text('place', 2, 60, 'Say where it can be picked up, in 2 to 60 characters.'),
    sellerName: text('sellerName', 2, 40, 'A name has 2 to 40 characters.'),
    category: oneOf('category', Object.keys(CATEGORIES), 'Choose a category.'),
    condition: oneOf('condition', CONDITIONS, 'Choose a condition.'),
    picture: oneOf('picture', PICTURES, 'Choose a picture.'),
    priceCents: priceCents(form['price'], faults),
  }
  return Object.keys(faults).length === 0 ? { offer } : { faults }
}

/** '12', '12.5', '12,50', '€ 12.50' */
function priceCents(raw: unknown, faults: Record<string, string>): number {
  const match = /^€?\s*(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(
    typeof raw === 'string' || typeof raw === 'number' ? String(raw).trim() : '',
  )
  if (match === null) {
    faults['price'] = 'A price looks like 25 or 12.50.'
    return 0
  }
  const cents = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  if (cents > MAX_EUROS * 100) faults['price'] = `At most € ${MAX_EUROS.toLocaleString('en')}.`
  return cents
}
