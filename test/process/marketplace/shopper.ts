// One visitor of the marketplace: keeps its cookie.
import assert from 'node:assert/strict'
import type { Listing } from '../../../examples/marketplace/listings.ts'
import type { Order } from '../../../examples/marketplace/orders.ts'

export type Answer = Listing & { listings: Listing[]; total: number; pid: number; bought: Order[]; selling: Listing[] }
export type Shopper = ReturnType<typeof shopperOf>

export function shopperOf(origin: string) {
  let cookie = ''
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(origin + path, { ...init, headers: { ...(init.headers as Record<string, string>), cookie } })
    cookie ||= response.headers.get('set-cookie')?.split(';')[0] ?? ''
    return response
  }
  return {
    ask,
    async get(path: string) {
      const response = await ask(path)
      assert.equal(response.status, 200, path)
      return response.json() as Promise<Answer>
    },
    async post(path: string, body: unknown = {}, key?: string) {
      const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) }
      const response = await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
      return {
        status: response.status,
        body: (await response.json()) as { id: number; order: number; fields: Record<string, string> },
      }
    },
  }
}

/** Asks until that status comes; false when it does not within half a minute. */
export async function answers(visitor: Shopper, path: string, status: number): Promise<boolean> {
  const giveUpAt = performance.now() + 30_000
  while (performance.now() < giveUpAt) {
    if ((await visitor.ask(path)).status === status) return true
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return false
}
