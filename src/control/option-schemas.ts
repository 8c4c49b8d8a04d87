// Valibot schemas of our own: durations, and objects whose unknown keys are all named, each with the nearest known name.
import * as v from 'valibot'
import { type Duration, durationMs, type Size, sizeBytes } from '../core/index.ts'
import { nearest } from './nearest.ts'

export const duration = (example: string) =>
  v.custom<Duration>(value => durationMs(value) !== undefined, `must be milliseconds, or text such as '${example}'`)

export const size = (example: string) =>
  v.custom<Size>(value => sizeBytes(value) !== undefined, `must be bytes, or text such as '${example}'`)

export const text = (says: string) =>
  v.pipe(v.string(`must be text: ${says}`), v.trim(), v.nonEmpty(`must not be empty: ${says}`))

export const choice = <const T extends readonly string[]>(...names: T) =>
  v.picklist(names, `must be ${names.map(n => `'${n}'`).join(' or ')}`)

export const plainObject = (says: string) =>
  v.custom<object>(value => typeof value === 'object' && value !== null && !Array.isArray(value), says)

/** An object with these keys only. (valibot's strictObject tells of the first unknown key alone.) */
export function knownObject<const E extends v.ObjectEntries>(entries: E, says: string) {
  return v.pipe(
    plainObject(`must be an object: ${says}`),
    v.looseObject(entries, `is missing: ${says}`),
    v.rawCheck(({ dataset, addIssue }) => {
      const value = dataset.value as Record<string, unknown>
      for (const key of Object.keys(value)) {
        if (Object.hasOwn(entries, key)) continue
        const near = nearest(key, Object.keys(entries))
        addIssue({
          message: `unknown${near === undefined ? `; known: ${Object.keys(entries).join(', ')}` : `; did you mean ${near}?`}`,
          path: [{ type: 'object', origin: 'key', input: value, key, value: value[key] }],
        })
      }
    }),
  )
}
