// What there is to choose from (categories, conditions, pictures): asked once.
import { get } from './net.js'

let known

export function choices() {
  known ??= get('/api/choices').catch(error => {
    known = undefined
    throw error
  })
  return known
}
