// Callers that keep their connections and ask again and again, as browsers and proxies do; every answer and every error is kept.
import { Agent, request } from 'node:http'
import type { TestContext } from 'node:test'

export interface Callers {
  /** Stops them; all that was answered, by status or error code. */
  stop(): Promise<{ readonly answers: Readonly<Record<string, number>>; readonly bodies: ReadonlySet<string> }>
}

export function callers(t: TestContext, port: number, count: number, pauseMs = 5, path = '/'): Callers {
  const agent = new Agent({ keepAlive: true, maxSockets: count })
  const answers: Record<string, number> = {}
  const bodies = new Set<string>()
  let over = false
  // Also when the test fails: callers that go on would keep its file from ever ending.
  t.after(() => {
    over = true
    agent.destroy()
  })
  const ask = () =>
    new Promise<string>(resolve => {
      const asked = request({ host: '127.0.0.1', port, path, agent }, response => {
        let body = ''
        response.setEncoding('utf8').on('data', chunk => {
          body += chunk
        })
        response.on('end', () => {
          bodies.add(body)
          resolve(String(response.statusCode))
        })
        response.on('error', error => resolve((error as NodeJS.ErrnoException).code ?? 'broken'))
      })
      asked.on('error', error => resolve((error as NodeJS.ErrnoException).code ?? 'failed'))
      asked.setTimeout(30_000, () => asked.destroy())
      asked.end()
    })
  const call = async () => {
    while (!over) {
      const came = await ask()
      answers[came] = (answers[came] ?? 0) + 1
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }
  const all = Promise.all(Array.from({ length: count }, call))
  return {
    async stop() {
      over = true
      await all
      agent.destroy()
      return { answers, bodies }
    },
  }
}
