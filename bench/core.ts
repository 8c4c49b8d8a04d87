// `npm run bench:core`: what core costs whoever calls it often, beside what Node itself asks for the same. By mitata; read the ratios.
import { AsyncLocalStorage } from 'node:async_hooks'
import { atLeast, createEvents, runInFrame, settableNeed } from '../src/core/index.ts'
import { library } from './peers.ts'

interface Mitata {
  bench(name: string, fn: () => unknown): void
  summary(fn: () => void): void
  run(): Promise<unknown>
}
const { bench, summary, run } = (await library('mitata')) as Mitata

const storage = new AsyncLocalStorage<object>()
const [silent, heard] = [createEvents(), createEvents()]
let told = 0
heard.on('*', () => told++)
const reading = { usable: 'full', state: 'up', causes: [], since: 0 } as const
const needs = Array.from({ length: 5 }, (_, i) => settableNeed(`n${i}`, reading))
const most = atLeast(3, ...needs)

summary(() => {
  bench('AsyncLocalStorage.run', () => storage.run({}, () => told))
  bench('runInFrame', () => runInFrame({ deadline: 1 }, () => told))
})
summary(() => {
  bench('an event nobody hears', () => silent.emit('selfheal.dropped', 'a', { count: 1 }))
  bench('an event one hears', () => heard.emit('selfheal.dropped', 'a', { count: 1 }))
})
summary(() => {
  bench('one need’s reading', () => needs[0]!.reading())
  bench('3 of 5 needs', () => most.reading())
})
await run()
