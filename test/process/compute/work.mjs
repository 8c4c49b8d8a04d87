// What compute.test.ts has done in threads: does as it is told.
import { existsSync, writeFileSync } from 'node:fs'

export default async function work({ does, n = 0, file, ms = 0 }) {
  if (does === 'add') return n + 1
  if (does === 'wait') return new Promise(resolve => setTimeout(resolve, ms, n))
  if (does === 'throw') throw Object.assign(new RangeError('no such index'), { code: 'E_INDEX' })
  if (does === 'leak') for (const all = []; ; ) all.push(new Array(1e5).fill(all.length))
  if (does === 'spin') for (let i = 0; ; i++) if (i % 100_000 === 0) writeFileSync(file, String(i))
  return existsSync(file)
}
