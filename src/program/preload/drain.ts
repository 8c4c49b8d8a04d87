// Drain: stop accepting, let what is in flight finish, then ask the app to end as any machine would: by SIGTERM. Its own handlers run; an
// app without one ends there. The supervisor alone keeps the time: what takes longer is killed at the end of the grace.
import type { Server as HttpServer } from 'node:http'
import type { Server } from 'node:net'
import type { WatchdogHandle } from './watchdog-start.ts'

const SWEEP_MS = 50

export function drainOn(watchdog: WatchdogHandle, servers: ReadonlySet<Server>): void {
  watchdog.onDrain(withinMs => {
    const end = () => process.kill(process.pid, 'SIGTERM')
    const open = new Set(servers)
    if (open.size === 0) return end()
    let ended = false
    const endOnce = () => {
      if (ended) return
      ended = true
      clearInterval(sweep)
      end()
    }
    // A keep-alive connection that falls idle while we drain must not hold us.
    const sweep = setInterval(() => {
      for (const server of open) (server as Partial<HttpServer>).closeIdleConnections?.()
    }, SWEEP_MS)
    setTimeout(endOnce, withinMs).unref()
    for (const server of open) {
      server.close(() => {
        open.delete(server)
        if (open.size === 0) endOnce()
      })
      ;(server as Partial<HttpServer>).closeIdleConnections?.()
    }
  })
}
