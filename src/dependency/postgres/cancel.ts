// Asks the server to cancel what a connection runs: over a second connection, as the protocol has it, with TLS where the first has it.
// It is aimed at a connection, not at a statement: whoever asks must not use that connection before this has resolved.
import type { PgClient, PgClientClass } from './driver.ts'

/** Resolves when the server has taken it (it closes the connection then), or after `withinMs`. Never rejects. */
export function cancelRequest(Client: PgClientClass, config: object, target: PgClient, withinMs: number): Promise<void> {
  const { processID, secretKey } = target
  if (processID === null || processID === undefined) return Promise.resolve()
  return new Promise(resolve => {
    const { connection, host, port, ssl, sslNegotiation } = new Client(config)
    const timer = setTimeout(() => connection.stream.destroy(), withinMs)
    connection.on('error', () => connection.stream.destroy())
    connection.on('end', () => {
      clearTimeout(timer)
      resolve()
    })
    connection.on('connect', () => {
      if (!ssl) connection.cancel(processID, secretKey)
      else if (sslNegotiation !== 'direct') connection.requestSsl()
    })
    connection.on('sslconnect', () => connection.cancel(processID, secretKey))
    if (host?.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}` as unknown as number)
    else connection.connect(port, host)
  })
}
