// An app whose components throw where nobody catches it; says on stdout what became of each, then throws what belongs to nobody.
import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEvents } from '../../../src/core/index.ts'
import { catchStrays, type Life, type Spec, service, startRoot, supervisor } from '../../../src/supervisor/index.ts'

const stop = (life: Life) => new Promise<void>(resolve => life.signal.addEventListener('abort', () => resolve()))
const thrower = (id: string, how: (fail: () => never) => void): Spec => ({
  id,
  component: service(life => {
    if (life.generation === 1)
      how(() => {
        throw new Error(`stray of ${id}`)
      })
    return stop(life)
  }),
})
const port = Promise.withResolvers<number>()
const events = createEvents()
const strays: string[] = []
events.on('supervisor.stray_error', ({ source }) => strays.push(source))
const undo = catchStrays({ events, path: 'shop' })
const root = await startRoot(
  supervisor({
    intensity: 20,
    backoff: { baseMs: 1 },
    children: [
      thrower('timer', fail => setTimeout(fail, 1)),
      thrower('rejection', fail => void (async () => fail())()),
      thrower('emitter', () => setTimeout(() => new EventEmitter().emit('error', new Error('stray of emitter')), 1)),
      thrower('callback', fail => readFile('/dev/null', fail)),
      thrower('server', fail => {
        const server = createServer((_, response) => {
          response.end()
          server.close()
          fail()
        }).listen(0, '127.0.0.1', () => port.resolve((server.address() as AddressInfo).port))
      }),
      { id: 'calm', component: service(stop) },
    ],
  }),
  { events, path: 'shop' },
)
await fetch(`http://127.0.0.1:${await port.promise}`)
const generations = () => Object.fromEntries(root.handle.whichChildren().map(({ id, generation }) => [id, generation]))
while (Object.values(generations()).filter(n => n === 2).length < 5) await sleep(5)
console.log(JSON.stringify({ generations: generations(), strays: strays.sort() }))
if (process.argv[2] === 'undone') undo()
if (process.argv[2] === 'own') process.on('uncaughtException', error => console.log(`the app heard: ${error.message}`))
setTimeout(() => root.stop(), 50)
throw new Error('of nobody')
