// Callers that keep their connections: each asks, waits 20 ms, asks again, until told to end. What is not a 200 in time is an error.
import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

export interface Answered {
  readonly ok: number
  readonly errors: number
}

export function calling(port: number, callers: number, limitMs = 10_000): () => Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: callers })
  let [ok, errors, over] = [0, 0, false]
  const one = () =>
    new Promise<boolean>(resolve => {
      const asked = request({ host: '127.0.0.1', port, agent }, response => {
        response.resume().on('end', () => resolve(response.statusCode === 200))
        response.on('error', () => resolve(false))
      })
      asked.on('error', () => resolve(false))
      asked.setTimeout(limitMs, () => asked.destroy())
      asked.end()
    })
  const all = Array.from({ length: callers }, async () => {
    while (!over) {
      if (await one()) ok++
      else errors++
      await wait(20)
    }
  })
  return async () => {
    over = true
    await Promise.all(all)
    agent.destroy()
    return { ok, errors }
  }
}
