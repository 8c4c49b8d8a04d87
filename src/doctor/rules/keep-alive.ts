// A server that closes an idle connection before its proxy does answers some requests with a reset, and the proxy with 502.
import { formatMs } from '../../core/index.ts'
import { type Finding, known, levels, type Rule } from '../facts.ts'

export const keepAlive: Rule = {
  name: 'keep-alive',
  says: 'A server keeps idle connections longer than what is in front of it; a client shorter than its server.',
  check({ parts, behind }) {
    const found: Finding[] = []
    for (const part of parts) {
      const ms = levels(part)('server-keep-alive')
      if (behind !== undefined && known(ms) && ms <= behind.idleMs)
        found.push({
          rule: this.name,
          where: part.path,
          weight: 'broken',
          says: `the server closes an idle connection after ${formatMs(ms)}, ${behind.name} after ${formatMs(behind.idleMs)}: now and then ${behind.name} sends a request on one that is just closing, and answers 502 with nothing in your log`,
          mend: `server.keepAliveTimeout = ${behind.idleMs + 5_000}`,
          patch: `server.keepAliveTimeout = ${behind.idleMs + 5_000}`,
        })
      const client = levels(part)('client-keep-alive')
      const theirs = levels(part)('their-keep-alive')
      if (known(client) && known(theirs) && client >= theirs)
        found.push({
          rule: this.name,
          where: part.path,
          weight: 'broken',
          says: `this client keeps an idle connection ${formatMs(client)}, its server only ${formatMs(theirs)}: requests go out on connections that are being closed`,
          mend: `Keep idle connections for less: keepAliveTimeout: ${Math.max(1_000, theirs - 1_000)}`,
          patch: `keepAliveTimeout: ${Math.max(1_000, theirs - 1_000)},`,
        })
    }
    return found
  },
}
